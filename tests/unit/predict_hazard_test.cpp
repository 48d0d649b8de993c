#include "predict_traffic.hpp"
#include "proxy/predict/hazard.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;

namespace {

/// Learns from all gaps; the mean of expected and of observed calls over the second half, by `group`.
template <class Group>
std::vector<std::pair<double, double>> learn(hazard& chances, calls const& all, std::size_t groups, Group group)
{
  rates recent;
  std::vector<std::pair<double, double>> sums(groups);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) {
      auto const gap = all[i] - all[i - 1];
      for (std::size_t step = 1; step < idle_steps && idle_time.begin(step) < gap; ++step) {
        auto const called = gap < idle_time.end(step);
        auto const exposed = std::min(gap, idle_time.end(step)) - idle_time.begin(step);
        auto const seen = chances.of(step, recent);
        if (i > all.size() / 2) {
          auto& sum = sums[group(all[i - 1] + idle_time.middle(step))];
          sum.first += seen.rate * exposed;
          sum.second += called ? 1 : 0;
        }
        chances.learn(step, exposed, called, seen);
      }
    }
    recent.arrived(all[i], 1);
  }
  return sums;
}

} // namespace

TEST_SUITE("hazard")
{
  TEST_CASE("hazard: the grid's steps join without gap, and each idle time is in its step")
  {
    for (std::size_t step = 1; step + 1 < idle_steps; ++step) {
      CHECK(idle_time.end(step) == idle_time.begin(step + 1));
      CHECK(idle_time.step_of(idle_time.begin(step)) == step);
      CHECK(idle_time.step_of(idle_time.middle(step)) == step);
    }
    CHECK(idle_time.step_of(0) == 0);
    CHECK(idle_time.step_of(-5) == 0);
    CHECK(idle_time.step_of(1e9) == idle_steps);
  }

  TEST_CASE("hazard: expects as many calls as come, of whatever rate")
  {
    for (auto const mean : {30.0, 200.0, 1'500.0}) {
      CAPTURE(mean);
      hazard chances;
      auto const sums = learn(chances, by_chance([mean](double) { return 1 / mean; }, 1 / mean, 30, 1), 1,
                              [](double) { return std::size_t{0}; });
      CHECK(sums[0].first == doctest::Approx(sums[0].second).epsilon(0.1));
    }
  }

  TEST_CASE("hazard: tells busy hours from quiet ones")
  {
    auto const busy = [](double when) { return std::fmod(when, day) > 8 * hour && std::fmod(when, day) < 18 * hour; };
    hazard chances;
    auto const all = by_chance([&](double when) { return busy(when) ? 1 / 120.0 : 1 / 1'800.0; }, 1 / 120.0, 30, 2);
    auto const sums = learn(chances, all, 2, [&](double when) { return busy(when) ? std::size_t{1} : std::size_t{0}; });
    for (auto const& [expected, came] : sums)
      CHECK(expected == doctest::Approx(came).epsilon(0.2));
    rates recent;
    recent.arrived(monday + 40 * day + 3 * hour, 1);
    auto const night = chances.of(12, recent).rate;
    rates noon;
    noon.arrived(monday + 40 * day + 12 * hour, 1);
    CHECK(chances.of(12, noon).rate > 2 * night);
  }
}
