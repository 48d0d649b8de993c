#include "tests/unit/autoscaler_fixture.hpp"

#include <doctest/doctest.h>
#include <numbers>
#include <string>

using namespace pilotlight::testing;

TEST_CASE("flaps: none in 30 minutes of a noisy sinusoid, whatever its period and height")
{
  int runs = 0;
  for (double const service : {0.01, 0.05, 0.2})
    for (double const mean : {1.0, 2.5, 4.0})
      for (double const swing : {0.2, 0.5, 0.9})
        for (double const period : {60.0, 120.0, 180.0, 240.0, 300.0, 400.0, 600.0, 900.0})
          for (unsigned seed = 11; seed <= 16; ++seed) {
            played one;
            one.policy.max_instances = 16;
            one.service = service;
            one.noise = 0.15;
            one.seed = seed;
            one.rate = [&](double t) {
              return mean / service * (1 + swing * std::sin(2 * std::numbers::pi * t / period));
            };
            one.run(1'800);
            ++runs;
            INFO("service " << service << " mean " << mean << " swing " << swing << " period " << period << " seed "
                            << seed);
            CHECK(one.flaps(60) == 0);
          }
  CHECK(runs == 1'296);
}
