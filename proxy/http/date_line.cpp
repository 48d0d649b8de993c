#include "proxy/http/date_line.hpp"

#include <array>

namespace pilotlight::http {
namespace {

// Not strftime's: those follow the locale.
constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

} // namespace

std::string_view date_line::at(std::time_t second)
{
  if (second == made_for_) return line_;
  made_for_ = second;
  auto parts = std::tm();
  ::gmtime_r(&second, &parts);
  auto rest = std::array<char, 32>();
  auto const length = std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT\r\n", &parts);
  line_ = "Date: ";
  line_ += days[static_cast<std::size_t>(parts.tm_wday)];
  line_ += parts.tm_mday < 10 ? ", 0" : ", ";
  line_ += std::to_string(parts.tm_mday);
  line_ += ' ';
  line_ += months[static_cast<std::size_t>(parts.tm_mon)];
  line_.append(rest.data(), length);
  return line_;
}

} // namespace pilotlight::http
