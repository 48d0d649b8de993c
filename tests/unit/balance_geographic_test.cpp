#include "proxy/balance/geographic.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

candidate in_zone(int number, zone_id zone, std::uint32_t in_flight = 0, float health = 1)
{
  auto one = open(number, in_flight, health);
  one.zone = zone;
  one.depth = 4;
  return one;
}

request from_zone(zone_id zone, moment now = at(0), std::uint64_t chance = 0)
{
  auto one = asked(chance, now);
  one.zone = zone;
  return one;
}

event answered(int number, zone_id client, milliseconds latency, moment when = at(0))
{
  auto made = completed(number, 1, when, latency);
  made.zone = client;
  return made;
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("geographic: home while there is room, however busy, and the least loaded there")
{
  auto by = geographic(4);
  CHECK(by.pick(std::vector{in_zone(1, 2), in_zone(2, 1, 3), in_zone(3, 1, 2)}, from_zone(1)) == answer{2});
  CHECK(by.pick(std::vector{in_zone(1, 2), in_zone(2, 1, 4)}, from_zone(1)) == answer{0});
  CHECK(by.pick(std::vector{in_zone(1, 2, 4), in_zone(2, 1, 4)}, from_zone(1)) == std::nullopt);
}

TEST_CASE("geographic: spills over in the order of measured latency from the client's zone")
{
  auto by = geographic(4);
  auto const candidates = std::vector{in_zone(1, 1, 4), in_zone(2, 2), in_zone(3, 3)};
  by.pick(candidates, from_zone(1));
  by.told(answered(2, 1, milliseconds(80)));
  CHECK(by.pick(candidates, from_zone(1)) == answer{2}); // never measured: tried
  by.told(answered(3, 1, milliseconds(30)));
  CHECK(by.pick(candidates, from_zone(1)) == answer{2});
  CHECK(by.pick(std::vector{in_zone(3, 3, 3), in_zone(2, 2, 0), in_zone(1, 1, 4)}, from_zone(1)) == answer{0});
  for (int i = 0; i < 60; ++i)
    by.told(answered(3, 1, milliseconds(200)));
  CHECK(by.pick(candidates, from_zone(1)) == answer{1}); // it became slower
  // Another client's zone has distances of its own.
  by.told(answered(2, 3, milliseconds(5)));
  by.told(answered(1, 3, milliseconds(9)));
  CHECK(by.pick(std::vector{in_zone(1, 1), in_zone(2, 2), in_zone(3, 3, 4)}, from_zone(3)) == answer{1});
}

TEST_CASE("geographic: what was measured long ago fades, so that a far zone is tried again")
{
  auto by = geographic(4);
  auto const candidates = std::vector{in_zone(1, 1, 4), in_zone(2, 2), in_zone(3, 3)};
  by.pick(candidates, from_zone(1));
  by.told(answered(2, 1, milliseconds(80)));
  by.told(answered(3, 1, milliseconds(40)));
  auto const later = at(1'800'000);
  by.told(answered(3, 1, milliseconds(40), later));
  CHECK(by.pick(candidates, from_zone(1, later)) == answer{1});
}

TEST_CASE("geographic: a client of no known zone is served by the least loaded of all")
{
  auto by = geographic(3);
  auto const candidates = std::vector{in_zone(1, 1, 2), in_zone(2, 2, 1)};
  for (auto const zone : {zone_id(0), zone_id(3), zone_id(60'000)})
    CHECK(by.pick(candidates, from_zone(zone)) == answer{1});
  auto outside = answered(2, 60'000, milliseconds(1)); // counted as zone 0
  by.told(outside);
  by.told(answered(77, 1, milliseconds(1))); // never seen
  CHECK(geographic(0).pick(candidates, from_zone(1)) == answer{1});
}

TEST_CASE("geographic: a degraded one at home lets the rest of its share pass on")
{
  auto by = geographic(3);
  auto const candidates = std::vector{in_zone(1, 1, 0, 0.25F), in_zone(2, 2)};
  std::mt19937_64 random(4);
  auto home = 0;
  for (int i = 0; i < 4'000; ++i)
    home += by.pick(candidates, from_zone(1, at(i), random())) == answer{0} ? 1 : 0;
  CHECK(home == doctest::Approx(1'000).epsilon(0.1));
  // But serves all where nobody else does.
  CHECK(by.pick(std::vector{in_zone(1, 1, 0, 0.01F)}, from_zone(1)) == answer{0});
}

TEST_SUITE_END();
