// What does a request's head say, as far as this proxy cares? A Beast parser that keeps only that and allocates nothing
// per header. Pure (bytes in, fields out).
#pragma once
#include "proxy/http/encoding.hpp"
#include "proxy/route/route.hpp"
#include "shared/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::http {

/// One request head. Reused: clear() keeps the strings' memory.
struct request_head
{
  route::method method = route::method::other;
  std::string target;
  int version = 11; ///< 10 or 11
  bool keep_alive = true;
  bool chunked = false;
  bool expect_continue = false; ///< never set for HTTP/1.0, as RFC 9110 10.1.1 wants it
  std::optional<std::uint64_t> content_length;
  encoding content_encoding = encoding::identity;
  std::string accept_encoding;         ///< as sent, several lines joined by ", "; empty: none
  std::string inference_header_length; ///< Inference-Header-Content-Length as sent
  std::string request_timeout_ms;      ///< X-Request-Timeout-Ms as sent
  std::string balance_key;             ///< the header that balancing.hash_header names
  std::string zone;                    ///< the header that balancing.zone_header names
  bool has_inference_header_length = false;
  bool has_request_timeout = false;
  void clear();
};

/// Headers whose names are configured; an empty name: none is kept.
struct balancing_headers
{
  std::string_view key, zone;
};

/// Parses one head after the other out of a connection's bytes.
class head_parser
{
public:
  /// `bytes`: all that has come since the last head (and its body) ended; called again with more of them while the
  /// answer is nothing. Looks at each byte once until the head is whole, so a sender of single bytes costs no more.
  /// Answers how many bytes the head took; what follows it is not looked at. One empty line before it is skipped.
  /// `max_bytes` bounds the head (headers_too_large).
  ///
  /// Failures, one sentence each:
  ///   bad_request      malformed request line or header, bare CR or LF, control characters, obsolete line folding,
  ///                    a version other than 1.0 and 1.1, HTTP/1.1 without or with two Host headers, Content-Length
  ///                    malformed, repeated or together with Transfer-Encoding, Transfer-Encoding in HTTP/1.0
  ///   not_implemented  a Transfer-Encoding other than chunked
  /// and those that leave the length of the body known (see body_is_known):
  ///   bad_request      an Expect other than 100-continue; a second Expect, Content-Encoding,
  ///                    Inference-Header-Content-Length or X-Request-Timeout-Ms
  ///   bad_encoding     Content-Encoding other than identity, gzip (x-gzip) and deflate
  result<std::optional<std::size_t>> parse(std::string_view bytes, std::size_t max_bytes, request_head& head,
                                           balancing_headers names = {});

  /// After a failure: the size of the head if `head` nevertheless says truly whether and how a body follows, so the
  /// connection may answer, skip that body and go on. Nothing: answer and close.
  std::optional<std::size_t> body_is_known() const { return refused_head_; }

private:
  result<std::optional<std::size_t>> find_end(std::string_view bytes, std::size_t max_bytes);

  std::size_t start_ = 0;    ///< of the request line
  std::size_t line_ = 0;     ///< start of the line that is not whole yet
  std::size_t searched_ = 0; ///< no end of a line between line_ and here
  std::optional<std::size_t> refused_head_;
};

} // namespace pilotlight::http
