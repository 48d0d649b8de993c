// How do compressed bodies come in and go out? gzip and deflate over zlib, never more bytes than allowed. Pure.
#pragma once
#include "proxy/http/encoding.hpp"
#include "shared/failure.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight::http {

/// The token for Content-Encoding.
std::string_view to_string(encoding value);

/// Which encoding may a reply have, by Accept-Encoding (RFC 9110, 12.5.3)? The highest weight wins; gzip before
/// deflate before identity among equals. An empty or absent header asks for identity. Members that are malformed
/// do not count. Nothing: the client takes none of the three.
std::optional<encoding> pick_encoding(std::string_view accept_encoding);

/// Inflates one body chunk by chunk into memory of its own, which grows as bytes come, to `limit` at most.
class inflater
{
public:
  /// `format` is gzip or deflate.
  inflater(encoding format, std::size_t limit);
  inflater(inflater&&) noexcept;
  inflater& operator=(inflater&&) noexcept;
  ~inflater();

  /// Takes the next bytes of the body. Failures: too_large as soon as it inflates to more than the limit; bad_request
  /// for a corrupt stream, or bytes after its end (a second stream is not taken). After a failure: only destroy it.
  result<void> feed(std::span<std::byte const> chunk);
  /// The body is over. Failure: bad_request when the stream is not.
  result<void> finish() const;
  /// What has been inflated so far; followed by 64 readable bytes.
  std::span<std::byte const> output() const;

private:
  struct stream;
  std::unique_ptr<stream> stream_;
};

/// Compresses `parts`, one after the other, as one body (gzip or deflate), fast rather than small.
std::string compress(encoding format, std::span<std::span<std::byte const> const> parts);

} // namespace pilotlight::http
