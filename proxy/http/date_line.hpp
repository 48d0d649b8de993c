// The Date header, made once a second (RFC 9110, 6.6.1: a server with a clock sends it). Reads the clock.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

namespace pilotlight::http {

class date_line
{
public:
  /// "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n" of now. Valid until the next call.
  std::string_view now() { return at(std::time(nullptr)); }
  /// The same of a given time.
  std::string_view at(std::time_t second);

private:
  std::time_t made_for_ = -1;
  std::string line_;
};

} // namespace pilotlight::http
