#include "proxy/http/chunked_decoder.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <random>
#include <string>
#include <vector>

using pilotlight::fault;
using pilotlight::http::chunked_decoder;
using namespace std::string_view_literals;

namespace {

struct outcome
{
  fault kind = fault::none;
  std::string payload;
  std::size_t used = 0;
  bool done = false;
};

/// Feeds `text` in pieces of `step` bytes until done, failed or at the end.
outcome decode(std::string_view text, std::size_t step, std::size_t max_bytes = 1'000)
{
  chunked_decoder decoder(max_bytes);
  outcome got;
  while (got.used < text.size() && !decoder.done()) {
    auto const piece = text.substr(got.used, step);
    auto const used = decoder.feed(piece, got.payload);
    if (!used) {
      got.kind = used.error().kind;
      CHECK_FALSE(used.error().sentence.empty());
      return got;
    }
    if (!decoder.done()) REQUIRE(*used == piece.size());
    got.used += *used;
  }
  got.done = decoder.done();
  return got;
}

} // namespace

TEST_CASE("chunked decoder: well-formed bodies, in one piece and byte by byte")
{
  struct one
  {
    std::string_view text;
    std::string_view payload;
  };
  std::vector<one> const table{
      {"0\r\n\r\n", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
      {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"0005\r\nhello\r\n000\r\n\r\n", "hello"},
      {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
      {"5;name=value\r\nhello\r\n0;last\r\n\r\n", "hello"},
      {"5;a=\"b c\";d\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5 \t;a\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5\r\nhello\r\n0\r\nExpires: never\r\nX: y\r\n\r\n", "hello"},
      {"3\r\na\0b\r\n0\r\n\r\n"sv, "a\0b"sv},
  };
  for (auto const& [text, payload] : table)
    for (std::size_t const step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, text.size()}) {
      CAPTURE(std::string(text));
      CAPTURE(step);
      auto const got = decode(text, step);
      CHECK(got.kind == fault::none);
      CHECK(got.done);
      CHECK(got.payload == payload);
      CHECK(got.used == text.size());
    }
}

TEST_CASE("chunked decoder: what follows the body is left alone")
{
  std::string_view const text = "1\r\nx\r\n0\r\n\r\nPOST / HTTP/1.1\r\n";
  auto const got = decode(text, text.size());
  CHECK(got.done);
  CHECK(text.substr(got.used) == "POST / HTTP/1.1\r\n");

  chunked_decoder decoder(10);
  std::string out;
  REQUIRE(decoder.feed("0\r\n\r\n", out).has_value());
  CHECK(decoder.feed("more", out).value() == 0);
}

TEST_CASE("chunked decoder: malformed bodies are refused, in one piece and byte by byte")
{
  std::vector<std::string> const table{
      "\r\n",
      " 5\r\nhello\r\n",
      "g\r\n",
      "-1\r\n",
      "+5\r\nhello\r\n",
      "0x5\r\nhello\r\n",
      "5\nhello\n0\n\n",
      "5\rhello",
      "5 \r\nhello\r\n",
      "5 5\r\nhello\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\rx",
      "5\r\nhelloX\r\n0\r\n\r\n",
      "4\r\nhello\r\n0\r\n\r\n",
      "5;a\nb\r\nhello\r\n",
      std::string("5;a\0\r\nhello\r\n", 13),
      "5;a\x7f\r\nhello\r\n",
      "5;a\rb\r\n",
      ";a\r\n",
      "0\r\n\rx",
      "0\r\nX: a\nY: b\r\n\r\n",
      "0\r\nX: a\rY\r\n\r\n",
      "0\r\nX: \x01\r\n\r\n",
      "5;" + std::string(5'000, 'a') + "\r\nhello\r\n",
      std::string(5'000, '0') + "\r\n\r\n",
      "0\r\n" + std::string(9'000, 'a') + "\r\n\r\n",
  };
  for (auto const& text : table)
    for (std::size_t const step : {std::size_t{1}, text.size()}) {
      CAPTURE(text.substr(0, 60));
      CAPTURE(step);
      CHECK(decode(text, step).kind == fault::bad_request);
    }
}

TEST_CASE("chunked decoder: many short trailer lines are bounded together")
{
  std::string text = "0\r\n";
  for (int i = 0; i < 3'000; ++i)
    text += "a: b\r\n";
  CHECK(decode(text, text.size()).kind == fault::bad_request);
}

TEST_CASE("chunked decoder: a payload over the bound is refused when its size is announced")
{
  CHECK(decode("3e8\r\n", 5).kind == fault::none);
  CHECK(decode("3e9\r\n", 5).kind == fault::too_large);
  CHECK(decode("5\r\nhello\r\n1\r\n", 64, 5).kind == fault::too_large);
  CHECK(decode("5\r\nhello\r\n0\r\n\r\n", 64, 5).kind == fault::none);
  CHECK(decode("1\r\n", 64, 0).kind == fault::too_large);
  CHECK(decode("0\r\n\r\n", 64, 0).done);
  CHECK(decode("ffffffffffffffffffffff\r\n", 64).kind == fault::too_large);
  CHECK(decode("ffffffffffffffffffffff\r\n", 64, std::numeric_limits<std::size_t>::max()).kind == fault::too_large);
  CHECK(decode("8000000000000000\r\n", 64).kind == fault::too_large);
  chunked_decoder decoder(5);
  std::string out;
  CHECK(decoder.feed("6", out).error().sentence == "the chunked body is over 5 bytes");
}

TEST_CASE("chunked decoder: a body that stops early is not done")
{
  std::string_view const text = "5\r\nhello\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t length = 0; length < text.size(); ++length) {
    auto const got = decode(text.substr(0, length), 4);
    CHECK(got.kind == fault::none);
    CHECK_FALSE(got.done);
  }
}

TEST_CASE("chunked decoder: any payload in any chunks comes out as it went in")
{
  std::mt19937 random(5);
  for (int run = 0; run < 300; ++run) {
    std::string payload;
    std::string text;
    for (auto chunks = random() % 6; chunks > 0; --chunks) {
      std::string chunk(1 + random() % 40, '\0');
      for (auto& c : chunk)
        c = static_cast<char>(random());
      constexpr std::string_view hex = "0123456789abcdef";
      text += hex[chunk.size() / 16];
      text += hex[chunk.size() % 16];
      text += "\r\n" + chunk + "\r\n";
      payload += chunk;
    }
    text += "0\r\n\r\n";
    auto const got = decode(text, 1 + random() % 30);
    CHECK(got.done);
    CHECK(got.payload == payload);
  }
}

TEST_CASE("chunked decoder: noise never makes it read or write out of bounds")
{
  std::mt19937 random(6);
  constexpr std::string_view letters = "0123aF;\r\n\r\n\r\n x";
  for (int run = 0; run < 20'000; ++run) {
    std::string text(random() % 40, ' ');
    for (auto& c : text)
      c = letters[random() % letters.size()];
    auto const whole = decode(text, text.size() + 1);
    auto const single = decode(text, 1);
    CHECK(whole.kind == single.kind);
    CHECK(whole.payload == single.payload);
    CHECK(whole.done == single.done);
  }
}
