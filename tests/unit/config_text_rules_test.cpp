#include "proxy/config/schedule_check.hpp"
#include "proxy/config/text_rules.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace pilotlight;
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

TEST_CASE("config: schedules")
{
  auto const problem = [](char const* when) {
    auto one = schedule_settings();
    one.when = when;
    return schedule_problem(one);
  };
  for (auto const* good : {"Mon-Fri 08:00-18:00", "Mon 00:00-24:00", "Sat,Sun 22:00-06:00", "Mon-Wed,Fri 08:00-09:00",
                           "0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1 1,6 0"})
    CHECK_MESSAGE(problem(good).empty(), good);
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
    CHECK_MESSAGE(problem(bad).starts_with("'autoscaling.schedules.when'"), bad);
}
