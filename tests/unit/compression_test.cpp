#include "proxy/http/compression.hpp"
#include "tests/unit/show_result.hpp"

#include <array>
#include <cstring>
#include <doctest/doctest.h>
#include <random>
#include <vector>
#include <zlib.h>

namespace pilotlight::http {
namespace {

std::span<std::byte const> bytes(std::string_view text)
{
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view text(std::span<std::byte const> memory)
{
  return {reinterpret_cast<char const*>(memory.data()), memory.size()};
}

std::string packed(encoding format, std::string_view body)
{
  auto const part = bytes(body);
  return compress(format, {&part, 1});
}

/// Deflate without zlib's header, as some clients send it.
std::string bare(std::string_view body)
{
  auto zlib = z_stream();
  REQUIRE(deflateInit2(&zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  auto out = std::string(deflateBound(&zlib, body.size()), '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  zlib.avail_in = static_cast<uInt>(body.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&zlib, Z_FINISH) == Z_STREAM_END);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

/// The first failure of inflating that body in chunks, or nothing.
std::optional<failure> inflating(encoding format, std::string_view body, std::size_t limit, std::size_t chunk,
                                 std::string* out = nullptr)
{
  auto inflate = inflater(format, limit);
  for (auto at = std::size_t{0}; at < body.size(); at += chunk)
    if (auto const fed = inflate.feed(bytes(body.substr(at, chunk))); !fed) return fed.error();
  if (auto const finished = inflate.finish(); !finished) return finished.error();
  if (out) *out = text(inflate.output());
  return std::nullopt;
}

std::string mixed(std::size_t size)
{
  auto random = std::mt19937(7);
  auto body = std::string();
  while (body.size() < size)
    body += random() % 2 ? std::string(random() % 100, 'a') : std::string(1, static_cast<char>(random()));
  body.resize(size);
  return body;
}

} // namespace

TEST_CASE("compression: there and back, in any format, size and chunking")
{
  for (auto const size : {0u, 1u, 100u, 16'384u, 300'000u})
    for (auto const chunk : {1u, 7u, 4'096u, 1'000'000u}) {
      if (chunk == 1 && size > 20'000) continue;
      CAPTURE(size);
      CAPTURE(chunk);
      auto const body = mixed(size);
      auto out = std::string();
      CHECK_FALSE(inflating(encoding::gzip, packed(encoding::gzip, body), size, chunk, &out));
      CHECK(out == body);
      CHECK_FALSE(inflating(encoding::deflate, packed(encoding::deflate, body), size, chunk, &out));
      CHECK(out == body);
      CHECK_FALSE(inflating(encoding::deflate, bare(body), size, chunk, &out));
      CHECK(out == body);
    }
}

TEST_CASE("compression: several parts are one body, and padding follows what was inflated")
{
  auto const parts = std::array{bytes("{\"a\":1}"), bytes(""), bytes("binary")};
  auto inflate = inflater(encoding::gzip, 100);
  REQUIRE(inflate.feed(bytes(compress(encoding::gzip, parts))));
  REQUIRE(inflate.finish());
  CHECK(text(inflate.output()) == "{\"a\":1}binary");
  auto const behind = std::span(inflate.output().data() + inflate.output().size(), 64);
  auto sum = 0;
  for (auto const byte : behind) // readable: the address sanitizer would object
    sum += std::to_integer<int>(byte);
  CHECK(sum >= 0);
}

TEST_CASE("compression: a bomb is refused as soon as it is over the limit")
{
  auto const bomb_size = std::size_t{50'000'000};
  auto const bomb = packed(encoding::gzip, std::string(bomb_size, 'a'));
  REQUIRE(bomb.size() < 500'000);
  auto inflate = inflater(encoding::gzip, 1'000'000);
  auto fed = std::size_t{0};
  auto error = std::optional<failure>();
  for (; fed < bomb.size() && !error; fed += 1'000)
    if (auto const done = inflate.feed(bytes(std::string_view(bomb).substr(fed, 1'000))); !done) error = done.error();
  REQUIRE(error);
  CHECK(error->kind == fault::too_large);
  CHECK(error->sentence == "the body inflates to more than 1000000 bytes");
  CHECK(fed < 20'000);
  CHECK_FALSE(inflating(encoding::gzip, packed(encoding::gzip, "12345"), 5, 100));
  CHECK(inflating(encoding::gzip, packed(encoding::gzip, "123456"), 5, 100)->kind == fault::too_large);
  CHECK(inflating(encoding::gzip, packed(encoding::gzip, "1"), 0, 100)->kind == fault::too_large);
}

TEST_CASE("compression: truncated, corrupt and concatenated streams")
{
  auto const gzip = packed(encoding::gzip, mixed(1'000));
  auto const deflated = packed(encoding::deflate, mixed(1'000));
  auto wrong_check = gzip;
  wrong_check[gzip.size() - 8] ^= 1;
  auto wrong_bit = deflated;
  wrong_bit[deflated.size() - 1] ^= 1;
  struct
  {
    std::string_view title;
    encoding format;
    std::string body;
    std::string_view sentence;
  } const cases[] = {
      {"nothing", encoding::gzip, "", "the body's gzip stream ends too early"},
      {"one byte of deflate", encoding::deflate, "x", "the body's deflate stream ends too early"},
      {"cut in the middle", encoding::gzip, gzip.substr(0, gzip.size() / 2), "the body's gzip stream ends too early"},
      {"cut before the last byte", encoding::gzip, gzip.substr(0, gzip.size() - 1),
       "the body's gzip stream ends too early"},
      {"no gzip at all", encoding::gzip, "{\"inputs\":[]}",
       "the body is not a valid gzip stream: incorrect header check"},
      {"zlib called gzip", encoding::gzip, deflated, "the body is not a valid gzip stream: incorrect header check"},
      {"no deflate at all", encoding::deflate, "\x07\x07\x07",
       "the body is not a valid deflate stream: invalid block type"},
      {"wrong check sum", encoding::gzip, wrong_check, "the body is not a valid gzip stream: incorrect data check"},
      {"wrong Adler sum", encoding::deflate, wrong_bit, "the body is not a valid deflate stream: incorrect data check"},
      {"two streams", encoding::gzip, gzip + gzip,
       "the body has bytes after the end of its gzip stream: one stream is allowed"},
      {"rubbish behind", encoding::deflate, deflated + "x",
       "the body has bytes after the end of its deflate stream: one stream is allowed"},
  };
  for (auto const& [title, format, body, sentence] : cases)
    for (auto const chunk : {1u, 1'000'000u}) {
      CAPTURE(title);
      CAPTURE(chunk);
      auto const error = inflating(format, body, 10'000, chunk);
      REQUIRE(error);
      CHECK(error->kind == fault::bad_request);
      CHECK(error->sentence == sentence);
    }
}

TEST_CASE("Accept-Encoding: the highest weight wins")
{
  using enum encoding;
  struct
  {
    std::string_view header;
    std::optional<encoding> picked;
  } const cases[] = {
      {"", identity},
      {"gzip", gzip},
      {"GZIP", gzip},
      {"x-gzip", gzip},
      {"deflate", deflate},
      {"gzip, deflate", gzip},
      {"deflate, gzip", gzip},
      {"gzip, deflate, br, zstd", gzip},
      {"br", identity},
      {"gzip;q=0.5, deflate;q=0.8", deflate},
      {"gzip;q=0.5, identity;q=0.8", identity},
      {"gzip;q=0.8, identity;q=0.5", gzip},
      {"gzip;q=0", identity},
      {"gzip; q=0.000, deflate ;Q=0.001", deflate},
      {"*", gzip},
      {"*;q=0.1", gzip},
      {"gzip;q=0, *", deflate},
      {"identity;q=0", std::nullopt},
      {"identity;q=0, gzip", gzip},
      {"identity;q=0, *;q=0.5", gzip},
      {"*;q=0", std::nullopt},
      {"*;q=0, identity", identity},
      {"*;q=0, deflate;q=0.3", deflate},
      {"gzip;q=0, deflate;q=0, identity;q=0", std::nullopt},
      {"gzip;q=2", identity}, // malformed: does not count
      {"gzip;q=1.001", identity},
      {"gzip;q=0.1234", identity},
      {"gzip;q=", identity},
      {"gzip;q=-1", identity},
      {"gzip;level=9;q=0.4, deflate;q=0.3", gzip},
      {",, ,gzip,", gzip},
      {";q=1", identity},
      {"identity", identity},
  };
  for (auto const& [header, picked] : cases) {
    CAPTURE(header);
    CHECK(pick_encoding(header) == picked);
  }
  CHECK(to_string(gzip) == "gzip");
  CHECK(to_string(deflate) == "deflate");
  CHECK(to_string(identity) == "identity");
}

} // namespace pilotlight::http
