#include "proxy/collect/wall_clock.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
using collect::wall_clock;
using namespace std::chrono_literals;

TEST_SUITE("wall clock")
{
  constexpr auto start = wall_clock::steady::time_point(1'000s);
  constexpr auto noon = decide::instant(43'200s);

  TEST_CASE("wall clock: small differences are let be")
  {
    auto clock = wall_clock(start, noon);
    for (auto const off : {0s, 2s, -2s}) {
      CHECK(clock.follow(start + 10s, noon + 10s + off) == 0s);
      CHECK(clock.at(start + 10s) == noon + 10s);
    }
  }

  TEST_CASE("wall clock: a machine that slept is where the system's clock is, told once")
  {
    auto clock = wall_clock(start, noon);
    CHECK(clock.follow(start + 1s, noon + 8h) == 8h - 1s);
    CHECK(clock.at(start + 1s) == noon + 8h);
    CHECK(clock.at(start + 3s) == noon + 8h + 2s);
    CHECK(clock.follow(start + 2s, noon + 8h + 1s) == 0s);
  }

  TEST_CASE("wall clock: set back, it goes an eighth slower until they meet, and never back")
  {
    auto clock = wall_clock(start, noon);
    CHECK(clock.follow(start, noon - 60s) == -60s);
    auto last = clock.at(start);
    for (auto passed = 1s; passed <= 600s; ++passed) {
      CHECK(clock.follow(start + passed, noon - 60s + passed) == 0s);
      auto const now = clock.at(start + passed);
      CHECK(now >= last);
      last = now;
    }
    CHECK(last == noon + 540s); // met after 480 s
  }

  TEST_CASE("wall clock: while it goes slowly, the system's clock may be set forward again")
  {
    auto clock = wall_clock(start, noon);
    CHECK(clock.follow(start, noon - 60s) == -60s);
    CHECK(clock.follow(start + 2s, noon + 2s) == 0s); // a quarter of a second ahead: met
    CHECK(clock.at(start + 2s) == noon + 1750ms);
    CHECK(clock.at(start + 4s) == noon + 3750ms);
    CHECK(clock.follow(start + 4s, noon - 60s) == -63750ms);
    CHECK(clock.follow(start + 5s, noon + 1h) == 1h - 4625ms);
    CHECK(clock.at(start + 5s) == noon + 1h);
  }
}
