#include "proxy/http/request_head.hpp"

#include "proxy/http/fields_parser.hpp"

namespace pilotlight::http {

namespace {

bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

failure bad(std::string_view sentence)
{
  return {fault::bad_request, std::string(sentence)};
}

failure too_long(std::size_t max_bytes)
{
  return {fault::headers_too_large, "the head of the request is over " + std::to_string(max_bytes) + " bytes"};
}

} // namespace

void request_head::clear()
{
  method = route::method::other;
  target.clear();
  version = 11;
  keep_alive = true;
  chunked = false;
  expect_continue = false;
  content_length.reset();
  content_encoding = encoding::identity;
  accept_encoding.clear();
  inference_header_length.clear();
  request_timeout_ms.clear();
  balance_key.clear();
  zone.clear();
  has_inference_header_length = false;
  has_request_timeout = false;
}

result<std::optional<std::size_t>> head_parser::parse(std::string_view bytes, std::size_t max_bytes, request_head& head,
                                                      balancing_headers names)
{
  refused_head_.reset();
  auto end = find_end(bytes, max_bytes);
  if (end && !*end) return end; // more is needed
  auto const start = start_;
  start_ = line_ = searched_ = 0;
  if (!end) return end;

  head.clear();
  fields_parser fields(head, names); // on the stack: Beast's parsers cannot be used twice, and making one costs nothing
  auto const parsed = fields.run(bytes.substr(start, **end - start));
  if (parsed) return end;
  if (fields.body_is_known()) refused_head_ = *end;
  return parsed.error();
}

/// Goes from line to line, and refuses on the way what no longer head can mend.
result<std::optional<std::size_t>> head_parser::find_end(std::string_view bytes, std::size_t max_bytes)
{
  auto const window = bytes.substr(0, max_bytes);
  for (;;) {
    if (line_ < window.size()) {
      char const c = window[line_];
      if (line_ == start_ && c != '\r' && !is_letter(c)) return bad("the request line does not begin with a method");
      if (line_ > start_ && (c == ' ' || c == '\t')) return bad("a header is folded over several lines");
    }
    auto const feed = window.find('\n', searched_);
    if (feed == std::string_view::npos) {
      searched_ = window.size();
      if (bytes.size() >= max_bytes) return too_long(max_bytes);
      return std::optional<std::size_t>{};
    }
    if (feed == line_ || window[feed - 1] != '\r') return bad("a line of the head ends without a carriage return");
    bool const empty = feed == line_ + 1;
    if (empty && line_ > start_) return std::optional<std::size_t>{feed + 1};
    if (empty && start_ > 0) return bad("the request line is empty");
    line_ = searched_ = feed + 1;
    if (empty) start_ = line_; // RFC 9112 2.2: one empty line before a request is to be ignored
  }
}

} // namespace pilotlight::http
