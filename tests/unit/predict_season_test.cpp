#include "predict_traffic.hpp"
#include "proxy/predict/season.hpp"

#include <doctest/doctest.h>
#include <numbers>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;

namespace {

constexpr std::int64_t first = static_cast<std::int64_t>(monday) / 60;

/// Calls in a minute: a daily curve, quieter at weekends, with chance on top.
double curve(std::int64_t minute)
{
  auto const of_day = static_cast<double>(minute % 1'440) / 1'440;
  auto const weekend = (minute - first) / 1'440 % 7 >= 5;
  return (weekend ? 0.5 : 1.0) * 200 *
         (1.1 - std::cos(2 * std::numbers::pi * of_day) + (of_day > 0.6 && of_day < 0.7 ? 1 : 0));
}

} // namespace

TEST_SUITE("season")
{
  TEST_CASE("season: after a week an hour ahead is forecast far better than by the last level")
  {
    std::mt19937_64 random(4);
    season model;
    std::vector<double> count, said;
    double missed = 0, by_level = 0, came = 0;
    for (std::int64_t i = 0; i < 14 * 1'440; ++i) {
      std::poisson_distribution<int> chance(curve(first + i));
      count.push_back(chance(random));
      model.arrived(first + i, count.back());
      model.roll(first + i + 1);
      said.push_back(model.expect(59).per_minute);
      if (i < 10 * 1'440) continue;
      missed += std::abs(count[i] - said[i - 60]);
      by_level += std::abs(count[i] - count[i - 60]);
      came += count[i];
    }
    CHECK(missed < 0.5 * by_level);
    CHECK(missed < 0.1 * came);
    auto const seen = model.expect(59);
    CHECK(seen.error == doctest::Approx(missed / came).epsilon(0.5));
  }

  TEST_CASE("season: knows nothing before an hour has passed")
  {
    season model;
    CHECK(model.expect(15).per_minute == -1);
    model.arrived(first, 10);
    model.roll(first + 30);
    CHECK(model.expect(15).per_minute == -1);
    model.roll(first + 90);
    CHECK(model.expect(15).per_minute >= 0);
    CHECK(model.expect(15).error >= -1);
  }

  TEST_CASE("season: few calls are forecast by their mean, and a long silence by next to none")
  {
    season model;
    for (std::int64_t i = 0; i < 3 * 1'440; i += 5)
      model.arrived(first + i, 1);
    CHECK(model.expect(15).per_minute == doctest::Approx(0.2).epsilon(0.3));
    model.roll(first + 8 * 1'440);
    CHECK(model.expect(15).per_minute < 0.01);
    model.roll(first + 1'000 * 1'440);
    CHECK(model.expect(15).per_minute <= 0.01);
  }

  TEST_CASE("season: a time in which nobody watched is not taken for a quiet one")
  {
    season watched, away;
    for (auto* model : {&watched, &away})
      for (std::int64_t i = 0; i < 9 * 1'440; ++i)
        model->arrived(first + i, std::round(curve(first + i)));
    auto const back = first + 9 * 1'440 + 720;
    away.interrupted();
    away.arrived(back, curve(back));
    for (std::int64_t i = 1; i < 10; ++i)
      away.arrived(back + i, curve(back + i));
    CHECK(away.expect(30).per_minute == doctest::Approx(curve(back + 40)).epsilon(0.3));
    // Set back: no harm.
    away.interrupted();
    away.arrived(first, 5);
    away.roll(first + 600);
    CHECK(away.expect(30).per_minute >= 0);
  }
}
