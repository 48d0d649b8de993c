// A client for the tests: raw bytes or requests over one connection, replies back. Owns a socket; blocks, at most
// `patience` at a time.
#pragma once
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_tests {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// What came back for one request.
struct reply
{
  int status = 0;                             ///< 0: the connection broke
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;

  boost::json::value json() const;
  std::string error() const; ///< the sentence of {"error": ...}; else the body
};

/// One connection, kept alive. Sends raw bytes or requests, reads replies.
class client
{
public:
  explicit client(std::uint16_t port, std::chrono::milliseconds patience = 20s);
  ~client();
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  void send(std::string_view bytes);
  /// False when nothing more can be sent.
  bool try_send(std::string_view bytes);
  void post(std::string_view target, std::string_view body, std::string_view more_headers = {});
  /// The next reply; `has_body` is false after HEAD.
  reply read(bool has_body = true);
  reply ask(std::string_view target, std::string_view body, std::string_view more_headers = {});
  reply get(std::string_view target);
  /// True when nothing has come within that time.
  bool silent_for(std::chrono::milliseconds time);
  /// True when the server has closed the connection (within the patience).
  bool closed();
  void shut();

private:
  bool fill();
  int fd_ = -1;
  std::string in_;
};

/// Sends the same request on so many connections of its own, and waits for none.
std::vector<std::unique_ptr<client>> send_each(std::uint16_t port, std::string_view target, std::string_view body,
                                               int count);
/// The body of an infer request with one FP32 input `x`.
std::string floats_body(std::vector<float> const& values, std::vector<int> const& shape, std::string const& more = {});
/// The tiny MLP's usual request.
std::string mlp_body();
/// Keeps the `slow` module of worker_models.py busy for so many units of its work (a tenth of a millisecond or so
/// each).
std::string slow_body(int units, std::string const& more = {});

} // namespace proxy_tests
