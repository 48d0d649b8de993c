#include "proxy/http/reply_head.hpp"

#include <array>
#include <charconv>

namespace pilotlight::http {

namespace {

void append_number(std::string& out, std::uint64_t number)
{
  std::array<char, 20> digits; // 2^64 has 20
  auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  (void)error; // it always fits
  out.append(digits.data(), end);
}

void append_number_line(std::string& out, std::string_view name, std::uint64_t number)
{
  out.append(name);
  append_number(out, number);
  out.append("\r\n");
}

void append_line(std::string& out, std::string_view name, std::string_view value)
{
  out.append(name).append(value).append("\r\n");
}

void append_status_line(std::string& out, unsigned status)
{
  if (status == 200) { // nearly all
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, status);
  append_line(out, " ", reason_phrase(status));
}

/// Microseconds as milliseconds with three decimals: 1234 -> 1.234.
void append_milliseconds(std::string& out, std::uint64_t microseconds)
{
  append_number(out, microseconds / 1'000);
  auto const rest = static_cast<unsigned>(microseconds % 1'000);
  std::array<char, 4> const decimals{'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                                     static_cast<char>('0' + rest % 10)};
  out.append(decimals.data(), decimals.size());
}

void append_server_timing(std::string& out, timings const& timing)
{
  struct part
  {
    std::string_view name;
    std::chrono::nanoseconds took;
  };
  std::array<part, 6> const parts{{{"hold", timing.hold},
                                   {"spawn", timing.spawn},
                                   {"load", timing.load},
                                   {"warmup", timing.warmup},
                                   {"queue", timing.queue},
                                   {"compute", timing.compute}}};
  std::string_view between = "Server-Timing: ";
  for (auto const& [name, took] : parts) {
    auto const microseconds = (took.count() + 500) / 1'000;
    if (microseconds <= 0) continue;
    out.append(between).append(name).append(";dur=");
    append_milliseconds(out, static_cast<std::uint64_t>(microseconds));
    between = ", ";
  }
  if (between == ", ") out.append("\r\n");
}

std::string_view name_of(encoding how)
{
  return how == encoding::gzip ? "gzip" : "deflate";
}

void append_content_lines(std::string& out, reply_head const& head)
{
  if (head.inference_header_length) {
    out.append("Content-Type: application/octet-stream\r\n");
    append_number_line(out, "Inference-Header-Content-Length: ", *head.inference_header_length);
  } else if (!head.content_type.empty()) {
    append_line(out, "Content-Type: ", head.content_type);
  }
  if (head.content_encoding != encoding::identity)
    append_line(out, "Content-Encoding: ", name_of(head.content_encoding));
  if (head.streams) {
    out.append("Cache-Control: no-store\r\n");
    return;
  }
  if (head.status != 204 && head.status != 304 && head.status >= 200)
    append_number_line(out, "Content-Length: ", head.content_length);
}

} // namespace

unsigned status_of(fault kind)
{
  switch (kind) {
  case fault::none: return 200;
  case fault::bad_request: return 400;
  case fault::not_found: return 404;
  case fault::not_allowed: return 405;
  case fault::gone: return 410;
  case fault::too_large: return 413;
  case fault::bad_encoding: return 415;
  case fault::cancelled: return 499;
  case fault::internal: return 500;
  case fault::not_implemented: return 501;
  case fault::unavailable: return 503;
  case fault::timed_out: return 504;
  case fault::headers_too_large: return 431;
  case fault::length_required: return 411;
  case fault::timeout_reading: return 408;
  case fault::conflict: return 409;
  }
  return 500;
}

std::string_view reason_phrase(unsigned status)
{
  switch (status) {
  case 100: return "Continue";
  case 200: return "OK";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 304: return "Not Modified";
  case 400: return "Bad Request";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 411: return "Length Required";
  case 413: return "Content Too Large";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 431: return "Request Header Fields Too Large";
  case 499: return "Client Closed Request";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "Unknown";
  }
}

void append_head(std::string& out, reply_head const& head, std::string_view date)
{
  append_status_line(out, head.status);
  append_content_lines(out, head);
  if (!head.keep_alive)
    out.append("Connection: close\r\n");
  else if (head.version < 11)
    out.append("Connection: keep-alive\r\n");
  if (head.retry_after.count() > 0)
    append_number_line(out, "Retry-After: ", (static_cast<std::uint64_t>(head.retry_after.count()) + 999) / 1'000);
  if (!head.allow.empty()) append_line(out, "Allow: ", head.allow);
  if (head.cold_start) out.append("X-Pilotlight-Cold-Start: true\r\n");
  if (head.timing != nullptr) append_server_timing(out, *head.timing);
  out.append(date).append("\r\n");
}

} // namespace pilotlight::http
