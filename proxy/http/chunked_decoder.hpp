// What is the body that arrives in chunks? Decodes RFC 9112 chunked coding, bounded. Pure (bytes in, bytes out).
#pragma once
#include "shared/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::http {

/// One body. Strict: CR LF only, no sign or space before a size. Extensions and trailers are ignored, each bounded.
class chunked_decoder
{
public:
  /// `max_bytes` of payload over all chunks.
  explicit chunked_decoder(std::size_t max_bytes);

  /// Appends the payload in `bytes` to `out` and answers how many of them belong to this body: all, until done().
  /// A size that is announced reserves nothing. Failures, after which this decoder is of no more use: bad_request
  /// (malformed), too_large (as soon as a size that goes over max_bytes is announced).
  result<std::size_t> feed(std::string_view bytes, std::string& out);

  /// The last chunk and the trailer are through.
  bool done() const { return done_; }

private:
  enum class phase : std::uint8_t;
  fault step(char c);
  fault step_size(char c);
  fault step_ignored(char c, phase at_end, std::size_t most);
  fault expect(char c, char wanted, phase then);
  void end_size_line();

  std::size_t max_bytes_;
  std::size_t payload_ = 0;    ///< announced so far
  std::size_t left_ = 0;       ///< of the current chunk
  std::size_t line_bytes_ = 0; ///< of the size line, or of the whole trailer
  phase phase_;
  bool done_ = false;
};

} // namespace pilotlight::http
