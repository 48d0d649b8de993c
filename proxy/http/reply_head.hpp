// How does a reply's head look? Status line and headers into a reused string. Pure.
#pragma once
#include "proxy/http/request_head.hpp"
#include "shared/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::http {

/// Where the time of a request went; parts that round to 0 us are left out of Server-Timing.
struct timings
{
  std::chrono::nanoseconds hold{0}, spawn{0}, load{0}, warmup{0}, queue{0}, compute{0};
};

struct reply_head
{
  unsigned status = 200;
  std::uint64_t content_length = 0;
  std::string_view content_type = "application/json"; ///< empty: no body
  bool keep_alive = true;
  int version = 11; ///< of the request; the status line always says HTTP/1.1, as RFC 9112 2.3 wants it
  encoding content_encoding = encoding::identity;
  std::optional<std::size_t> inference_header_length{}; ///< then content_type is application/octet-stream
  std::chrono::milliseconds retry_after{0};             ///< > 0: Retry-After in whole seconds, rounded up
  std::string_view allow{};                             ///< for 405
  bool cold_start = false;                              ///< X-Pilotlight-Cold-Start: true
  timings const* timing = nullptr;                      ///< Server-Timing: hold;dur=1.234, ... (milliseconds)
  bool streams = false;                                 ///< the body ends with the connection: no Content-Length
};

/// 200 for fault::none; 400, 404, ... as the enumerators say.
unsigned status_of(fault kind);
std::string_view reason_phrase(unsigned status);

/// Appends the head, blank line included. No date is made per request: callers pass the cached line
/// ("Date: ...\r\n") or nothing. A 204, 304 or 1xx has no Content-Length, nor has a stream.
void append_head(std::string& out, reply_head const& head, std::string_view date = {});

} // namespace pilotlight::http
