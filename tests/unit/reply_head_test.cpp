#include "proxy/http/reply_head.hpp"

#include <array>
#include <doctest/doctest.h>
#include <limits>
#include <set>
#include <string>

using namespace pilotlight::http;
using namespace std::chrono_literals;
using pilotlight::fault;

namespace {

std::string text_of(reply_head const& head, std::string_view date = {})
{
  std::string out;
  append_head(out, head, date);
  return out;
}

} // namespace

TEST_CASE("reply head: the ordinary answer")
{
  CHECK(text_of({.content_length = 42}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n");
}

TEST_CASE("reply head: appends, so a connection may reuse one string for head and small body")
{
  std::string out = "before";
  append_head(out, {.content_length = 1}, "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n");
  CHECK(out == "beforeHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n"
               "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n\r\n");
}

TEST_CASE("reply head: everything at once")
{
  timings const timing{
      .hold = 1'234'567ns, .spawn = 8ms, .load = 12'345ms, .warmup = 1us, .queue = 0ns, .compute = 20'499ns};
  reply_head const head{.status = 503,
                        .content_length = std::numeric_limits<std::uint64_t>::max(),
                        .keep_alive = false,
                        .version = 10,
                        .content_encoding = encoding::gzip,
                        .inference_header_length = 77,
                        .retry_after = 1'001ms,
                        .allow = "POST",
                        .cold_start = true,
                        .timing = &timing};
  CHECK(text_of(head) == "HTTP/1.1 503 Service Unavailable\r\n"
                         "Content-Type: application/octet-stream\r\n"
                         "Inference-Header-Content-Length: 77\r\n"
                         "Content-Encoding: gzip\r\n"
                         "Content-Length: 18446744073709551615\r\n"
                         "Connection: close\r\n"
                         "Retry-After: 2\r\n"
                         "Allow: POST\r\n"
                         "X-Pilotlight-Cold-Start: true\r\n"
                         "Server-Timing: hold;dur=1.235, spawn;dur=8.000, load;dur=12345.000, warmup;dur=0.001, "
                         "compute;dur=0.020\r\n\r\n");
}

TEST_CASE("reply head: HTTP/1.0 is told that the connection stays")
{
  CHECK(text_of({.version = 10}).find("Connection: keep-alive\r\n") != std::string::npos);
  CHECK(text_of({.version = 11}).find("Connection") == std::string::npos);
  CHECK(text_of({.keep_alive = false}).find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("reply head: Retry-After rounds up to whole seconds and is left out at zero")
{
  CHECK(text_of({}).find("Retry-After") == std::string::npos);
  CHECK(text_of({.retry_after = 1ms}).find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(text_of({.retry_after = 1'000ms}).find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(text_of({.retry_after = 1'001ms}).find("Retry-After: 2\r\n") != std::string::npos);
  CHECK(text_of({.retry_after = -5ms}).find("Retry-After") == std::string::npos);
}

TEST_CASE("reply head: no Server-Timing line when no part took time")
{
  timings const nothing{.hold = 400ns, .queue = -3ms};
  CHECK(text_of({.timing = &nothing}).find("Server-Timing") == std::string::npos);
}

TEST_CASE("reply head: a status without body has no length, and no type when there is none")
{
  CHECK(text_of({.status = 204, .content_type = ""}) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(text_of({.status = 100, .content_type = ""}) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(text_of({.content_type = ""}) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(text_of({.content_encoding = encoding::deflate}).find("Content-Encoding: deflate\r\n") != std::string::npos);
}

TEST_CASE("reply head: every kind of failure has its status, every status its phrase")
{
  constexpr std::array<std::pair<fault, unsigned>, 16> table{{{fault::none, 200},
                                                              {fault::bad_request, 400},
                                                              {fault::not_found, 404},
                                                              {fault::not_allowed, 405},
                                                              {fault::timeout_reading, 408},
                                                              {fault::conflict, 409},
                                                              {fault::gone, 410},
                                                              {fault::length_required, 411},
                                                              {fault::too_large, 413},
                                                              {fault::bad_encoding, 415},
                                                              {fault::headers_too_large, 431},
                                                              {fault::cancelled, 499},
                                                              {fault::internal, 500},
                                                              {fault::not_implemented, 501},
                                                              {fault::unavailable, 503},
                                                              {fault::timed_out, 504}}};
  std::set<std::string_view> phrases;
  for (auto const& [kind, status] : table) {
    CHECK(status_of(kind) == status);
    CHECK(reason_phrase(status) != "Unknown");
    phrases.insert(reason_phrase(status));
  }
  CHECK(phrases.size() == table.size());
  CHECK(status_of(static_cast<fault>(99)) == 500); // a number from a newer worker
  CHECK(reason_phrase(299) == "Unknown");
}
