#include "proxy/http/request_head.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>

using namespace pilotlight::http;
using pilotlight::fault;
using pilotlight::route::method;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t most = 16 * 1024;

using outcome = pilotlight::result<std::optional<std::size_t>>;

/// Byte by byte, as the slowest sender does it.
outcome parse_slowly(std::string_view text, std::size_t max_bytes, request_head& head)
{
  head_parser parser;
  for (std::size_t length = 1; length < text.size(); ++length) {
    auto got = parser.parse(text.substr(0, length), max_bytes, head);
    if (!got || *got) return got;
  }
  return parser.parse(text, max_bytes, head);
}

request_head parsed(std::string_view text)
{
  request_head head;
  head_parser parser;
  auto const got = parser.parse(text, most, head);
  if (!got) FAIL_CHECK(got.error().sentence);
  if (got) CHECK(got->value_or(0) == text.size());
  return head;
}

std::string get(std::string_view headers)
{
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}
std::string post(std::string_view headers)
{
  return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

} // namespace

TEST_CASE("request head: a request as wrk sends it")
{
  auto const head = parsed("POST /v2/models/mlp/infer HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                           "Content-Type: application/json\r\nContent-Length: 77\r\n\r\n");
  CHECK(head.method == method::post);
  CHECK(head.target == "/v2/models/mlp/infer");
  CHECK(head.version == 11);
  CHECK(head.keep_alive);
  CHECK_FALSE(head.chunked);
  CHECK_FALSE(head.expect_continue);
  CHECK(head.content_length == 77);
  CHECK(head.content_encoding == encoding::identity);
  CHECK(head.accept_encoding.empty());
  CHECK_FALSE(head.has_inference_header_length);
  CHECK_FALSE(head.has_request_timeout);
}

TEST_CASE("request head: everything that is kept")
{
  auto const head = parsed("POST /x HTTP/1.1\r\nhost:h\r\nTRANSFER-ENCODING: Chunked\r\nExpect: 100-Continue\r\n"
                           "Content-Encoding: GZIP\r\nAccept-Encoding: gzip, deflate\r\nAccept-Encoding: br\r\n"
                           "inference-header-content-length: \t 123 \t\r\nx-request-timeout-ms: 250\r\n"
                           "Connection: close\r\nX-Other: \xc3\xa9\r\n\r\n");
  CHECK(head.chunked);
  CHECK_FALSE(head.content_length);
  CHECK(head.expect_continue);
  CHECK(head.content_encoding == encoding::gzip);
  CHECK(head.accept_encoding == "gzip, deflate, br");
  CHECK(head.has_inference_header_length);
  CHECK(head.inference_header_length == "123");
  CHECK(head.has_request_timeout);
  CHECK(head.request_timeout_ms == "250");
  CHECK_FALSE(head.keep_alive);
}

TEST_CASE("request head: the variants that are all right")
{
  CHECK(parsed(get("")).method == method::get);
  CHECK(parsed("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").method == method::head);
  CHECK(parsed("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n").method == method::other);
  CHECK(parsed("get / HTTP/1.1\r\nHost: h\r\n\r\n").method == method::other);
  CHECK(parsed("GET / HTTP/1.1\r\nHost:\r\n\r\n").version == 11);
  CHECK(parsed("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").version == 11);
  CHECK(parsed("GET / HTTP/1.0\r\n\r\n").version == 10);
  CHECK(parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").target == "*");
  CHECK(parsed("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").target == "/");
  CHECK(parsed(post("Content-Length: 18446744073709551615\r\n")).content_length == ~std::uint64_t{0});
  CHECK(parsed(post("Content-Length: 0007\r\n")).content_length == 7);
  CHECK(parsed(post("Content-Encoding: deflate\r\n")).content_encoding == encoding::deflate);
  CHECK(parsed(post("Content-Encoding: x-gzip\r\n")).content_encoding == encoding::gzip);
  CHECK(parsed(post("Content-Encoding: identity\r\n")).content_encoding == encoding::identity);
  CHECK(parsed(post("Inference-Header-Content-Length:\r\n")).has_inference_header_length);
  CHECK(parsed(get("X:\r\nY: a\tb\r\n")).keep_alive);
}

TEST_CASE("request head: who keeps the connection")
{
  CHECK(parsed(get("Connection: keep-alive\r\n")).keep_alive);
  CHECK_FALSE(parsed(get("Connection: Close\r\n")).keep_alive);
  CHECK_FALSE(parsed(get("Connection: keep-alive, close\r\n")).keep_alive);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
  CHECK_FALSE(parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expect_continue);
}

TEST_CASE("request head: hostile heads, in one piece and byte by byte")
{
  struct one
  {
    std::string text;
    fault kind;
    std::string_view part; ///< of the sentence
    bool recoverable = false;
  };
  std::string const both = "Content-Length and Transfer-Encoding are both given";
  std::vector<one> const table{
      // request line
      {"\x16\x03\x01\x02", fault::bad_request, "does not begin with a method"},
      {"\0GET / HTTP/1.1\r\n\r\n"s, fault::bad_request, "does not begin with a method"},
      {" GET / HTTP/1.1\r\n\r\n", fault::bad_request, "does not begin with a method"},
      {"{\"inputs\":[]}\r\n\r\n", fault::bad_request, "does not begin with a method"},
      {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", fault::bad_request, "the request line is empty"},
      {"GET\r\n\r\n", fault::bad_request, "does not begin with a method and a space"},
      {"GE(T / HTTP/1.1\r\n\r\n", fault::bad_request, "does not begin with a method and a space"},
      {"GE\0T / HTTP/1.1\r\n\r\n"s, fault::bad_request, "does not begin with a method and a space"},
      {"GET\t/ HTTP/1.1\r\n\r\n", fault::bad_request, "does not begin with a method and a space"},
      {"GET /\r\n\r\n", fault::bad_request, "no target"},
      {"GET  / HTTP/1.1\r\n\r\n", fault::bad_request, "no target"},
      {"GET /a\0b HTTP/1.1\r\n\r\n"s, fault::bad_request, "no target, or a space or control character"},
      {"GET /a\tb HTTP/1.1\r\n\r\n", fault::bad_request, "no target, or a space or control character"},
      {"GET /a\x7f HTTP/1.1\r\n\r\n", fault::bad_request, "no target, or a space or control character"},
      {"GET /a b HTTP/1.1\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/1.1 \r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/1.1x\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/2.0\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/0.9\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/1.2\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/1.10\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / http/1.1\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HT\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / \r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      {"GET / HTTP/1.1\rHost: h\r\n\r\n", fault::bad_request, "does not end with HTTP/1.0 or HTTP/1.1"},
      // line ends
      {"GET / HTTP/1.1\nHost: h\n\n", fault::bad_request, "ends without a carriage return"},
      {"\nGET / HTTP/1.1\r\n", fault::bad_request, "does not begin with a method"},
      {"GET / HTTP/1.1\r\nHost: h\n\r\n", fault::bad_request, "ends without a carriage return"},
      {"GET / HTTP/1.1\r\nHost: h\r\n\n", fault::bad_request, "ends without a carriage return"},
      {get("X: a\rb\r\n"), fault::bad_request, "header 'X' has a carriage return without a line feed"},
      {get("X: a\r\r\n"), fault::bad_request, "header 'X' has a carriage return without a line feed"},
      {get("X: a\r\n b\r\n"), fault::bad_request, "folded over several lines"},
      {get("X: a\r\n\tb\r\n"), fault::bad_request, "folded over several lines"},
      {get("X:\r\n b\r\n"), fault::bad_request, "folded over several lines"},
      {get("Transfer-Encoding:\r\n chunked\r\n"), fault::bad_request, "folded over several lines"},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", fault::bad_request, "folded over several lines"},
      // header names and values
      {get("X : a\r\n"), fault::bad_request, "header 'X' is no name followed by ':'"},
      {get("Content-Length : 5\r\n"), fault::bad_request, "header 'Content-Length' is no name"},
      {get("Content-Length\t: 5\r\n"), fault::bad_request, "header 'Content-Length' is no name"},
      {get("Transfer-Encoding\x0b: chunked\r\n"), fault::bad_request, "header 'Transfer-Encoding' is no name"},
      {get("no colon\r\n"), fault::bad_request, "is no name followed by ':'"},
      {get(": empty\r\n"), fault::bad_request, "header '' is no name"},
      {get("X\xc3\xa9: a\r\n"), fault::bad_request, "header 'X' is no name"},
      {get("X(: a\r\n"), fault::bad_request, "is no name followed by ':'"},
      {get("X\0: a\r\n"s), fault::bad_request, "is no name followed by ':'"},
      {get("X: a\0b\r\n"s), fault::bad_request, "header 'X' has a control character"},
      {get("X: \x01\r\n"), fault::bad_request, "header 'X' has a control character"},
      {get("X: \x7f\r\n"), fault::bad_request, "header 'X' has a control character"},
      {get("X: \x1b[31m\r\n"), fault::bad_request, "header 'X' has a control character"},
      {get("Connection: close,,(\r\n"), fault::bad_request,
       "header 'Connection' has a control character or a malformed"},
      // Host
      {"GET / HTTP/1.1\r\n\r\n", fault::bad_request, "needs a Host header"},
      {get("Host: other\r\n"), fault::bad_request, "Host is given more than once"},
      {get("Host: h\r\n"), fault::bad_request, "Host is given more than once"},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", fault::bad_request, "Host is given more than once"},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", fault::bad_request, "Host has a character"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", fault::bad_request, "Host has a character"},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", fault::bad_request, "Host has a character"},
      {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", fault::bad_request, "Host has a character"},
      // lengths and framing
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), fault::bad_request, both},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), fault::bad_request, both},
      {post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"), fault::bad_request, both},
      {post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n"), fault::bad_request, both},
      {post("Content-Length: 5\r\nTransfer-Encoding:\r\n"), fault::bad_request, both},
      {post("Content-Length: 5\r\nContent-Length: 6\r\n"), fault::bad_request,
       "Content-Length is given more than once"},
      {post("Content-Length: 5\r\nContent-Length: 5\r\n"), fault::bad_request,
       "Content-Length is given more than once"},
      {post("Content-Length: 5, 5\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 5, 6\r\n"), fault::bad_request, "Content-Length is given more than once"},
      {post("Content-Length: 5,\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length:\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: -5\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: +5\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 0x5\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 5.0\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 5 5\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 5;a\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: \"5\"\r\n"), fault::bad_request, "Content-Length is not one decimal number"},
      {post("Content-Length: 18446744073709551616\r\n"), fault::bad_request,
       "Content-Length is not one decimal number"},
      {post("Content-Length: 99999999999999999999999\r\n"), fault::bad_request, "Content-Length is not one decimal"},
      {post("Transfer-Encoding: gzip\r\n"), fault::not_implemented, "Transfer-Encoding is served as 'chunked' only"},
      {post("Transfer-Encoding: gzip, chunked\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: chunked, gzip\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: chunked, chunked\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: xchunked\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: \"chunked\"\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: chunked;q=1\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding:\r\n"), fault::not_implemented, "Transfer-Encoding is served as"},
      {post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), fault::not_implemented, "served as"},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), fault::bad_request, "more than once"},
      {post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       fault::bad_request, "control character"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", fault::bad_request,
       "HTTP/1.0 has no Transfer-Encoding"},
      // what is asked for
      {post("Expect: 200-ok\r\n"), fault::bad_request, "Expect may only be '100-continue'", true},
      {post("Expect:\r\n"), fault::bad_request, "Expect may only be '100-continue'", true},
      {post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), fault::bad_request, "Expect is given more", true},
      {post("Content-Encoding: br\r\n"), fault::bad_encoding, "may be 'gzip', 'deflate' or 'identity'", true},
      {post("Content-Encoding: gzip, deflate\r\n"), fault::bad_encoding, "may be 'gzip', 'deflate'", true},
      {post("Content-Encoding:\r\n"), fault::bad_encoding, "may be 'gzip', 'deflate'", true},
      {post("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"), fault::bad_request, "more than once", true},
      {post("Inference-Header-Content-Length: 5\r\nInference-Header-Content-Length: 5\r\n"), fault::bad_request,
       "Inference-Header-Content-Length is given more than once", true},
      {post("X-Request-Timeout-Ms: 5\r\nX-Request-Timeout-Ms: 6\r\n"), fault::bad_request,
       "X-Request-Timeout-Ms is given more than once", true},
      {post("Content-Encoding: br\r\nContent-Length: x\r\n"), fault::bad_request, "Content-Length is not one"},
      {"POST / HTTP/1.1\r\nContent-Encoding: br\r\n\r\n", fault::bad_request, "needs a Host header"},
  };
  CHECK(table.size() >= 60);
  for (auto const& row : table) {
    CAPTURE(row.text);
    request_head head;
    head_parser parser;
    auto const got = parser.parse(row.text, most, head);
    CHECK_FALSE(got.has_value());
    if (got) continue;
    CHECK(static_cast<int>(got.error().kind) == static_cast<int>(row.kind));
    CAPTURE(got.error().sentence);
    CHECK(got.error().sentence.find(row.part) != std::string::npos);
    CHECK(parser.body_is_known().has_value() == row.recoverable);
    if (row.recoverable) CHECK(parser.body_is_known().value() == row.text.size());

    auto const slow = parse_slowly(row.text, most, head);
    CHECK_FALSE(slow.has_value());
    if (!slow) CHECK(slow.error().sentence == got.error().sentence);
  }
}

TEST_CASE("request head: a refused request still says how its body follows")
{
  request_head head;
  head_parser parser;
  std::string const text = post("Content-Encoding: br\r\nContent-Length: 9\r\n");
  REQUIRE_FALSE(parser.parse(text + "012345678GET", most, head).has_value());
  REQUIRE(parser.body_is_known().has_value());
  CHECK(*parser.body_is_known() == text.size());
  CHECK(head.content_length == 9);
  CHECK(head.keep_alive);
  CHECK(parser.parse(get(""), most, head).value().has_value());
  CHECK_FALSE(parser.body_is_known().has_value());
}

TEST_CASE("request head: needs more until the blank line, and takes nothing behind it")
{
  std::string const text = post("Content-Length: 4\r\n");
  request_head head;
  head_parser parser;
  for (std::size_t length = 0; length < text.size(); ++length) {
    auto const got = parser.parse(std::string_view(text).substr(0, length), most, head);
    REQUIRE(got.has_value());
    CHECK_FALSE(got->has_value());
  }
  auto const got = parser.parse(text + "\n\r\n body", most, head);
  REQUIRE(got.has_value());
  CHECK(got->value() == text.size());
}

TEST_CASE("request head: one parser and one head serve many requests, and nothing is left of the last")
{
  request_head head;
  head_parser parser;
  std::string const stream = post("Content-Length: 0\r\nX-Request-Timeout-Ms: 1\r\nAccept-Encoding: gzip\r\n"
                                  "Content-Encoding: gzip\r\nExpect: 100-continue\r\nConnection: close\r\n") +
                             "GET /second HTTP/1.1\r\nHost: h\r\n\r\n" + "\r\nGET /third HTTP/1.0\r\n\r\n";
  std::string_view rest = stream;
  rest.remove_prefix(parser.parse(rest, most, head)->value());
  CHECK(head.request_timeout_ms == "1");
  rest.remove_prefix(parser.parse(rest, most, head)->value());
  CHECK(head.target == "/second");
  CHECK_FALSE(head.content_length);
  CHECK_FALSE(head.has_request_timeout);
  CHECK(head.request_timeout_ms.empty());
  CHECK(head.accept_encoding.empty());
  CHECK(head.content_encoding == encoding::identity);
  CHECK_FALSE(head.expect_continue);
  CHECK(head.keep_alive);
  rest.remove_prefix(parser.parse(rest, most, head)->value());
  CHECK(head.target == "/third");
  CHECK(head.version == 10);
  CHECK(rest.empty());
}

TEST_CASE("request head: its size is bounded, whole or not")
{
  std::string const text = get("X: " + std::string(100, 'a') + "\r\n");
  request_head head;
  CHECK(head_parser{}.parse(text, text.size(), head)->value() == text.size());
  for (std::size_t const bound : {text.size() - 1, std::size_t{40}, std::size_t{5}, std::size_t{1}}) {
    auto const got = head_parser{}.parse(text, bound, head);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().kind == fault::headers_too_large);
    CHECK(got.error().sentence == "the head of the request is over " + std::to_string(bound) + " bytes");
  }
  // No line ends at all.
  std::string const endless(most, 'A');
  CHECK(head_parser{}.parse(endless, most, head).error().kind == fault::headers_too_large);
  CHECK(head_parser{}.parse(endless.substr(1), most, head).value() == std::nullopt);
  // Many small headers.
  std::string many;
  while (many.size() < most)
    many += "a:b\r\n";
  CHECK(head_parser{}.parse(get(many), most, head).error().kind == fault::headers_too_large);
}

TEST_CASE("request head: a failure leaves the parser ready for other bytes")
{
  request_head head;
  head_parser parser;
  CHECK_FALSE(parser.parse("GET / HTTP/1.1\n", most, head).has_value());
  CHECK(parser.parse(get(""), most, head)->value() == get("").size());
}

TEST_CASE("request head: noise in a good request is refused or read alike in one piece and byte by byte")
{
  std::string const good =
      "POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nAccept-Encoding: gzip\r\n\r\n";
  constexpr std::string_view noise = "\r\n \t:\0\x7f,aG1\xff"sv;
  std::mt19937 random(8);
  for (int run = 0; run < 3'000; ++run) {
    std::string text = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      text[random() % text.size()] = noise[random() % noise.size()];
    request_head whole;
    request_head slow;
    auto const a = head_parser{}.parse(text, most, whole);
    auto const b = parse_slowly(text, most, slow);
    CAPTURE(text);
    REQUIRE(a.has_value() == b.has_value());
    if (!a) continue;
    CHECK(*a == *b);
    CHECK(whole.target == slow.target);
    CHECK(whole.content_length == slow.content_length);
  }
}
