#include "proxy/config/text_rules.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace pilotlight::config;

TEST_CASE("config: networks")
{
  for (auto const* good : {"0.0.0.0/0", "10.0.0.0/8", "127.0.0.1/32", "10.0.0.1", "::/0", "fd00::/8", "::1"})
    CHECK_MESSAGE(is_network(good), good);
  for (auto const* bad : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "10.0.0.0/8 ",
                          "256.0.0.0/8", "::1/129", "fd00:::/8", "[fd00::]/8", "fd00::/8/8", "host/8", "fe80::%lo/64"})
    CHECK_MESSAGE(!is_network(bad), bad);
}

TEST_CASE("config: names of zones")
{
  for (auto const* good : {"a", "eu-west.1", "A_b"})
    CHECK_MESSAGE(is_zone_name(good), good);
  for (auto const* bad : {"", "a b", "a/b", "\xc3\xa4"})
    CHECK_MESSAGE(!is_zone_name(bad), bad);
  CHECK(is_zone_name(std::string(64, 'a')));
  CHECK(!is_zone_name(std::string(65, 'a')));
}

TEST_CASE("config: offsets from UTC")
{
  using std::chrono::minutes;
  CHECK(parse_utc_offset("+00:00") == minutes(0));
  CHECK(parse_utc_offset("+05:30") == minutes(330));
  CHECK(parse_utc_offset("-03:30") == minutes(-210));
  CHECK(parse_utc_offset("+14:00") == minutes(840));
  CHECK(parse_utc_offset("-12:00") == minutes(-720));
  for (auto const* bad :
       {"", "Z", "00:00", "+0000", "+1:00", "+14:01", "-12:01", "+00:60", "+00:0x", "++1:00", "UTC+1"})
    CHECK_MESSAGE(!parse_utc_offset(bad), bad);
}

TEST_CASE("config: names of headers")
{
  for (auto const* good : {"X-Pilotlight-Key", "a", "x_y.z~1"})
    CHECK_MESSAGE(is_header_name(good), good);
  for (auto const* bad : {"", "a b", "a:", "a\r\nb", "\xc3\xa4", "(a)"})
    CHECK_MESSAGE(!is_header_name(bad), bad);
  CHECK(is_header_name(std::string(100, 'a')));
  CHECK(!is_header_name(std::string(101, 'a')));
}
