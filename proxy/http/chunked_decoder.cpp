#include "proxy/http/chunked_decoder.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace pilotlight::http {

enum class chunked_decoder::phase : std::uint8_t
{
  first_digit, ///< of a size
  digits,
  blanks, ///< between size and extension
  extension,
  size_line_feed,
  data,
  data_return,
  data_line_feed,
  trailer, ///< at the start of a line: another field or the end
  trailer_line,
  trailer_line_feed,
  last_line_feed,
};

namespace {

constexpr std::size_t longest_size_line = 4'096;
constexpr std::size_t longest_trailer = 8'192;

std::optional<unsigned> hex_digit(char c)
{
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

bool is_control(char c)
{
  auto const byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

} // namespace

chunked_decoder::chunked_decoder(std::size_t max_bytes) : max_bytes_(max_bytes), phase_(phase::first_digit) {}

result<std::size_t> chunked_decoder::feed(std::string_view bytes, std::string& out)
{
  std::size_t used = 0;
  while (used < bytes.size() && !done_) {
    if (phase_ == phase::data) {
      auto const piece = bytes.substr(used, left_);
      out.append(piece);
      used += piece.size();
      left_ -= piece.size();
      if (left_ == 0) phase_ = phase::data_return;
      continue;
    }
    auto const wrong = step(bytes[used]);
    if (wrong == fault::too_large)
      return failure{wrong, "the chunked body is over " + std::to_string(max_bytes_) + " bytes"};
    if (wrong != fault::none)
      return failure{wrong,
                     "the chunked body is malformed: a chunk is a hexadecimal size, CR LF, that many bytes, CR LF"};
    ++used;
  }
  return used;
}

fault chunked_decoder::step(char c)
{
  switch (phase_) {
  case phase::first_digit:
  case phase::digits:
  case phase::blanks: return step_size(c);
  case phase::extension: return step_ignored(c, phase::size_line_feed, longest_size_line);
  case phase::size_line_feed:
    if (c != '\n') return fault::bad_request;
    end_size_line();
    return fault::none;
  case phase::data: return fault::none; // feed() takes these in bulk
  case phase::data_return: return expect(c, '\r', phase::data_line_feed);
  case phase::data_line_feed: return expect(c, '\n', phase::first_digit);
  case phase::trailer:
    if (c == '\r') return expect(c, '\r', phase::last_line_feed);
    phase_ = phase::trailer_line;
    [[fallthrough]];
  case phase::trailer_line: return step_ignored(c, phase::trailer_line_feed, longest_trailer);
  case phase::trailer_line_feed: return expect(c, '\n', phase::trailer);
  case phase::last_line_feed: done_ = c == '\n'; return done_ ? fault::none : fault::bad_request;
  }
  return fault::bad_request;
}

fault chunked_decoder::step_size(char c)
{
  if (++line_bytes_ > longest_size_line) return fault::bad_request;
  if (auto const digit = hex_digit(c); digit && phase_ != phase::blanks) {
    if (left_ > std::numeric_limits<std::size_t>::max() / 16) return fault::too_large;
    left_ = left_ * 16 + *digit;
    phase_ = phase::digits;
    return left_ > max_bytes_ - payload_ ? fault::too_large : fault::none;
  }
  if (phase_ == phase::first_digit) return fault::bad_request;
  if (c == ';')
    phase_ = phase::extension;
  else if (c == ' ' || c == '\t')
    phase_ = phase::blanks; // RFC 9112 7.1.1: bad, but to be parsed, and only before an extension
  else if (c == '\r' && phase_ == phase::digits)
    phase_ = phase::size_line_feed;
  else
    return fault::bad_request;
  return fault::none;
}

fault chunked_decoder::step_ignored(char c, phase at_end, std::size_t most)
{
  if (++line_bytes_ > most) return fault::bad_request;
  if (c == '\r')
    phase_ = at_end;
  else if (is_control(c))
    return fault::bad_request;
  return fault::none;
}

fault chunked_decoder::expect(char c, char wanted, phase then)
{
  if (c != wanted) return fault::bad_request;
  phase_ = then;
  return fault::none;
}

void chunked_decoder::end_size_line()
{
  line_bytes_ = 0;
  payload_ += left_;
  phase_ = left_ == 0 ? phase::trailer : phase::data;
}

} // namespace pilotlight::http
