#include "proxy/config/check.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::config;

TEST_CASE("config: addresses")
{
  CHECK(parse_endpoint("localhost:1") == endpoint{"localhost", 1});
  CHECK(parse_endpoint("[::1]:65535") == endpoint{"::1", 65535});
  for (auto const* bad : {"", ":", ":80", "a", "a:", "a:65536", "a:-1", "a:+1", "a:1x", "a: 1", "::1:80", "[::1]",
                          "[]:1", "http://a:80", "a b:1", "a:123456"})
    CHECK_MESSAGE(!parse_endpoint(bad), bad);
}

TEST_CASE("config: sizes")
{
  CHECK(parse_bytes("0") == 0);
  CHECK(parse_bytes("64 KiB") == 65536);
  CHECK(parse_bytes("1.5GiB") == 1610612736);
  CHECK(parse_bytes("10 MB") == 1e7);
  for (auto const* bad : {"", "KiB", "1 TiB", "1 kib", "one", "inf", "nan", "1 MiB x"})
    CHECK_MESSAGE(!parse_bytes(bad), bad);
  CHECK(shown_bytes(67108864) == "64 MiB");
  CHECK(shown_bytes(1000) == "1000 bytes");
}

TEST_CASE("config: every key's default passes its own check, and no key stands twice")
{
  for (auto const& one : keys()) {
    CHECK(find_key(one.name) == &one);
    CHECK(!one.why.empty());
    if (one.type == kind::section || one.initial.empty()) continue;
    auto const parsed = parse_document("v = " + std::string(one.initial), "table");
    REQUIRE_MESSAGE(parsed.has_value(), one.name);
    CHECK_MESSAGE(check(one, parsed->front().content).has_value(), one.name);
  }
}

TEST_CASE("config: what a sentence shows of a value is short and has no control characters")
{
  CHECK(quoted("a\"\\\n\x7f") == "\"a\\\"\\\\\\x0a\\x7f\"");
  CHECK(quoted(std::string(500, 'a')).size() == 85);
  CHECK(shown(list{std::int64_t{1}, std::int64_t{2}}) == "a list of 2");
}
