#include "proxy/http/compression.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <zlib.h>

namespace pilotlight::http {
namespace {

constexpr std::size_t padding = 64; ///< readable behind the output, for the JSON parser
constexpr std::size_t first_capacity = 16 * 1024;
constexpr int fast_level = 1;
constexpr int window = 15; ///< 2^15 bytes, the most; +16 asks zlib for gzip's format, - for bare deflate

/// Is it zlib's header? RFC 1950: method 8, window of 32 KiB at most, the two bytes a multiple of 31.
bool zlib_header(std::array<Bytef, 2> head)
{
  return (head[0] & 0x0f) == 8 && (head[0] >> 4) <= 7 && (head[0] * 256 + head[1]) % 31 == 0;
}

uInt at_most_uint(std::size_t size)
{
  return static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
}

} // namespace

struct inflater::stream
{
  stream(encoding format_, std::size_t limit_) : format(format_), limit(limit_) {}
  ~stream()
  {
    if (open) inflateEnd(&zlib);
  }
  stream(stream const&) = delete;
  stream& operator=(stream const&) = delete;

  void start(int window_bits)
  {
    if (inflateInit2(&zlib, window_bits) != Z_OK) throw std::bad_alloc();
    open = true;
  }
  /// Room for more output, beyond the limit by one byte so that going over it shows.
  void make_room()
  {
    if (used < capacity) return;
    auto const wanted = std::min(std::max(first_capacity, capacity * 2), limit + 1);
    auto grown = std::make_unique_for_overwrite<std::byte[]>(wanted + padding);
    if (used != 0) std::memcpy(grown.get(), memory.get(), used);
    memory = std::move(grown);
    capacity = wanted;
  }
  result<void> run(std::span<Bytef const> input);

  encoding format;
  std::size_t limit;
  z_stream zlib = {};
  bool open = false;
  bool ended = false;
  std::array<Bytef, 2> head = {}; ///< deflate: the bytes by which its two formats are told apart
  std::size_t head_size = 0;
  std::unique_ptr<std::byte[]> memory = std::make_unique_for_overwrite<std::byte[]>(padding);
  std::size_t capacity = 0;
  std::size_t used = 0;
};

result<void> inflater::stream::run(std::span<Bytef const> input)
{
  while (!input.empty()) {
    if (ended)
      return failure{fault::bad_request, "the body has bytes after the end of its " + std::string(to_string(format)) +
                                             " stream: one stream is allowed"};
    auto const given = at_most_uint(input.size());
    zlib.next_in = const_cast<Bytef*>(input.data()); // zlib's type; it only reads
    zlib.avail_in = given;
    auto status = Z_OK;
    do {
      make_room();
      auto const room = at_most_uint(capacity - used);
      zlib.next_out = reinterpret_cast<Bytef*>(memory.get() + used);
      zlib.avail_out = room;
      status = inflate(&zlib, Z_NO_FLUSH);
      used += room - zlib.avail_out;
      if (used > limit)
        return failure{fault::too_large, "the body inflates to more than " + std::to_string(limit) + " bytes"};
    } while (status == Z_OK && zlib.avail_out == 0);
    if (status == Z_MEM_ERROR) return failure{fault::unavailable, "out of memory for inflating the body"};
    // Z_BUF_ERROR: it wants more input, which the next chunk brings.
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return failure{fault::bad_request, "the body is not a valid " + std::string(to_string(format)) + " stream" +
                                             (zlib.msg ? ": " + std::string(zlib.msg) : std::string())};
    ended = status == Z_STREAM_END;
    input = input.subspan(given - zlib.avail_in);
  }
  return {};
}

inflater::inflater(encoding format, std::size_t limit) : stream_(std::make_unique<stream>(format, limit))
{
  if (format == encoding::gzip) stream_->start(window + 16);
}
inflater::inflater(inflater&&) noexcept = default;
inflater& inflater::operator=(inflater&&) noexcept = default;
inflater::~inflater() = default;

result<void> inflater::feed(std::span<std::byte const> chunk)
{
  auto input = std::span(reinterpret_cast<Bytef const*>(chunk.data()), chunk.size());
  if (!stream_->open) {
    while (stream_->head_size < 2 && !input.empty()) {
      stream_->head[stream_->head_size++] = input.front();
      input = input.subspan(1);
    }
    if (stream_->head_size < 2) return {};
    stream_->start(zlib_header(stream_->head) ? window : -window);
    if (auto const begun = stream_->run(stream_->head); !begun) return begun;
  }
  return stream_->run(input);
}

result<void> inflater::finish() const
{
  if (stream_->ended) return {};
  return failure{fault::bad_request,
                 "the body's " + std::string(to_string(stream_->format)) + " stream ends too early"};
}

std::span<std::byte const> inflater::output() const
{
  return {stream_->memory.get(), stream_->used};
}

std::string compress(encoding format, std::span<std::span<std::byte const> const> parts)
{
  auto zlib = z_stream();
  if (deflateInit2(&zlib, fast_level, Z_DEFLATED, format == encoding::gzip ? window + 16 : window, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  auto const end = std::unique_ptr<z_stream, int (*)(z_stream*)>(&zlib, deflateEnd);
  auto body = std::string();
  auto out = std::array<Bytef, 16 * 1024>();
  auto const pump = [&](int flush) {
    auto status = Z_OK;
    do {
      zlib.next_out = out.data();
      zlib.avail_out = static_cast<uInt>(out.size());
      status = deflate(&zlib, flush);
      body.append(reinterpret_cast<char const*>(out.data()), out.size() - zlib.avail_out);
    } while (status != Z_STREAM_END && zlib.avail_out == 0);
  };
  for (auto part : parts)
    while (!part.empty()) {
      auto const given = at_most_uint(part.size());
      zlib.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data())); // zlib's type; it only reads
      zlib.avail_in = given;
      pump(Z_NO_FLUSH);
      part = part.subspan(given);
    }
  pump(Z_FINISH);
  return body;
}

} // namespace pilotlight::http
