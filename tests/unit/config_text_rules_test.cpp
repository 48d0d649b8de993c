#include "proxy/config/text_rules.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace pilotlight::config;

TEST_CASE("config: networks")
{
  for (auto const* good : {"0.0.0.0/0", "10.0.0.0/8", "192.168.4.0/22", "127.0.0.1/32", "::/0", "fd00::/8", "::1/128",
                           "2001:db8::/33", "::ffff:10.0.0.0/104"})
    CHECK_MESSAGE(is_network(good), good);
  for (auto const* bad :
       {"",         "/",          "10.0.0.0",    "10.0.0.0/",   "10.0.0.0/33", "10.0.0.0/-1",   "10.0.0.0/+8",
        "10.0.0/8", "10.0.0.1/8", "10.0.0.0/8 ", " 10.0.0.0/8", "010.0.0.0/8", "256.0.0.0/8",   "::1/129",
        "::1/64",   "fd00:::/8",  "[fd00::]/8",  "fd00::/8/8",  "host/8",      "10.0.0.0/0008", "fe80::%lo/64"})
    CHECK_MESSAGE(!is_network(bad), bad);
  CHECK(!is_network(std::string_view("10.0.0.0\0/8", 11)));
}

TEST_CASE("config: a network has no bit beyond its prefix, whatever its length")
{
  for (unsigned prefix = 0; prefix <= 32; ++prefix) {
    auto const tail = "/" + std::to_string(prefix);
    CHECK(is_network("0.0.0.0" + tail));
    CHECK(is_network("128.0.0.0" + tail) == (prefix >= 1));
    CHECK(is_network("255.255.255.254" + tail) == (prefix >= 31));
    CHECK(is_network("0.0.0.1" + tail) == (prefix == 32));
  }
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

TEST_CASE("config: the form of schedules")
{
  for (auto const* good : {"Mon-Fri 08:00-18:00", "Mon 00:00-24:00", "Sat,Sun 22:00-06:00", "Mon-Wed,Fri 08:00-09:00",
                           "0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1 1,6 0"})
    CHECK_MESSAGE(is_schedule(good), good);
  for (auto const* bad : {"",
                          "Mon",
                          "08:00-18:00",
                          "mon 08:00-18:00",
                          "Mon-Fry 08:00-18:00",
                          "Mon 8:00-18:00",
                          "Mon 08:00-24:01",
                          "Mon 08:60-09:00",
                          "Mon 08:00-08:00",
                          "Mon  08:00-09:00",
                          "0 24 * * *",
                          "60 0 * * *",
                          "0 0 0 * *",
                          "0 0 * 13 *",
                          "0 0 * * 8",
                          "0 0 * *",
                          "0 0 * * * *",
                          "*/0 * * * *",
                          "5-1 * * * *",
                          "a * * * *",
                          "1, * * * *",
                          "@daily"})
    CHECK_MESSAGE(!is_schedule(bad), bad);
}
