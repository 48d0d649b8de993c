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

  TEST_CASE("season: learns that a sudden crowd goes again, where level times season would keep it")
  {
    std::mt19937_64 random(12);
    std::normal_distribution<double> push(0, 0.13);
    season model;
    std::vector<double> count, said;
    double missed = 0, kept = 0, crowd = 0;
    for (std::int64_t i = 0; i < 14 * 1'440; ++i) {
      crowd = 0.96 * crowd + push(random);
      std::poisson_distribution<int> chance(curve(first + i) * std::exp(crowd));
      count.push_back(chance(random));
      model.arrived(first + i, count.back());
      model.roll(first + i + 1);
      said.push_back(model.expect(59).per_minute);
      if (i < 10 * 1'440) continue;
      missed += std::abs(count[i] - said[i - 60]);
      kept += std::abs(count[i] - count[i - 60] * curve(first + i) / curve(first + i - 60));
    }
    CHECK(missed < 0.9 * kept);
  }

  TEST_CASE("regression: finds the weights, forgets old ones, and does not fall for one outlier")
  {
    std::mt19937_64 random(3);
    std::normal_distribution<float> any(0, 1);
    regression<3> model({0, 0, 0}, 1);
    auto const teach = [&](float a, float b) {
      for (int i = 0; i < 4'000; ++i) {
        regression<3>::hints const x{1, any(random), any(random)};
        model.learn(x, 0.3 + a * x[1] + b * x[2] + 0.1 * any(random), 1, 0.998, 0.5);
      }
    };
    teach(0.5F, -0.2F);
    CHECK(model.of({0, 1, 0}) == doctest::Approx(0.5).epsilon(0.1));
    CHECK(model.of({0, 0, 1}) == doctest::Approx(-0.2).epsilon(0.1));
    teach(-0.4F, 0.6F);
    CHECK(model.of({0, 1, 0}) == doctest::Approx(-0.4).epsilon(0.1));
    auto const before = model.of({1, 1, 1});
    model.learn({1, 1, 1}, 1e9, 1, 0.998, 0.5);
    CHECK(model.of({1, 1, 1}) == doctest::Approx(before).epsilon(0.1));
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
    CHECK(std::isnan(away.past().of(history::slot_of(back - 60))));
    CHECK_FALSE(std::isnan(away.past().of(history::slot_of(back - 1'000))));
    for (std::int64_t i = 1; i < 10; ++i)
      away.arrived(back + i, curve(back + i));
    CHECK(away.expect(30).per_minute == doctest::Approx(curve(back + 40)).epsilon(0.3));
    // Asked before anybody called again: the time from then on is watched, the time before is not.
    auto const later = back + 600;
    away.interrupted();
    away.roll(later);
    CHECK(std::isnan(away.past().of(history::slot_of(later - 60))));
    CHECK(away.expect(30).per_minute > 0);
    // Set back: no harm.
    away.interrupted();
    away.arrived(first, 5);
    away.roll(first + 600);
    CHECK(away.expect(30).per_minute >= 0);
  }
}
