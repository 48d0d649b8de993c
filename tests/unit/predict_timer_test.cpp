#include "predict_traffic.hpp"
#include "proxy/predict/timer.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;

namespace {

struct outcome
{
  double met = 0, calls = 0, open = 0, passed = 0;
};

/// Which calls come in a window of the middle width that was announced before them?
outcome follow(timer& clock, calls const& all, std::size_t after = 10)
{
  outcome sum;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > after && clock.recognised()) {
      sum.calls += 1;
      sum.passed += all[i] - all[i - 1];
      for (auto now = all[i - 1]; now < all[i];) {
        auto const open = clock.next(now, 4, 300);
        if (open.begin >= all[i]) break;
        sum.open += std::min(open.end, all[i]) - open.begin;
        if (open.begin < open.end && open.end >= all[i]) sum.met += 1;
        now = std::max(open.end, now + 1);
      }
    }
    clock.called(all[i]);
  }
  return sum;
}

} // namespace

TEST_SUITE("timer")
{
  TEST_CASE("timer: meets nearly all calls by the clock with windows open a small part of the time")
  {
    struct one
    {
      double period, jitter, missing, most_open;
    };
    for (auto const& [period, jitter, missing, most_open] :
         {one{300, 3, 0.02, 0.08}, one{900, 12, 0.03, 0.1}, one{3'600, 15, 0.05, 0.05}, one{60, 0.3, 0, 0.1}}) {
      CAPTURE(period);
      timer clock;
      auto const seen = follow(clock, by_clock(period, jitter, missing, period < 1'000 ? 5 : 20, 3));
      CHECK(clock.recognised());
      CHECK(clock.period() == doctest::Approx(period).epsilon(0.01));
      CHECK(seen.calls > 100);
      CHECK(seen.met >= 0.95 * seen.calls);
      CHECK(seen.open <= most_open * seen.passed);
    }
  }

  TEST_CASE("timer: follows a sleeping loop, whose phase drifts, by the last call")
  {
    std::mt19937_64 random(5);
    std::normal_distribution<double> off(0, 4);
    calls all{monday};
    while (all.size() < 600)
      all.push_back(all.back() + 417 + off(random));
    timer clock;
    auto const seen = follow(clock, all);
    CHECK(seen.met >= 0.95 * seen.calls);
    CHECK(seen.open <= 0.15 * seen.passed);
  }

  TEST_CASE("timer: recognises four regular calls and no fewer")
  {
    timer clock;
    for (int i = 0; i < 3; ++i)
      clock.called(monday + i * 600);
    CHECK_FALSE(clock.recognised());
    clock.called(monday + 3 * 600);
    CHECK(clock.recognised());
    auto const open = clock.next(monday + 3 * 600 + 10, 2, 300);
    CHECK(open.begin < monday + 4 * 600);
    CHECK(open.end > monday + 4 * 600);
  }

  TEST_CASE("timer: calls by chance are not taken for a clock for long")
  {
    int recognised = 0;
    for (unsigned seed = 0; seed < 20; ++seed) {
      timer clock;
      for (auto const when : by_chance([](double) { return 1 / 200.0; }, 1 / 200.0, 3, seed))
        clock.called(when);
      recognised += clock.recognised() && clock.error() * 10 < clock.period() ? 1 : 0;
    }
    CHECK(recognised == 0);
  }

  TEST_CASE("timer: learns the silent hours of a caller that works from nine to five")
  {
    calls all;
    for (auto const when : by_clock(1'200, 8, 0, 28, 9)) {
      auto const hour_of_day = std::fmod(when, day) / hour;
      if (hour_of_day >= 9 && hour_of_day < 17 && std::fmod(when - monday, 7 * day) < 5 * day) all.push_back(when);
    }
    timer clock;
    for (auto const when : all)
      clock.called(when);
    // After Friday's last call: no window all night, and one again on Monday at nine.
    auto const quiet = clock.next(all.back() + 2 * hour, 2, 300);
    CHECK(quiet.begin > all.back() + 30 * hour);
  }

  TEST_CASE("timer: after a time in which nobody watched the phase holds and nothing is held against it")
  {
    timer clock;
    for (int i = 0; i < 50; ++i)
      clock.called(monday + i * 600);
    auto const later = monday + 200 * 600;
    clock.resumed(later + 3);
    auto const open = clock.next(later + 60, 4, 300);
    CHECK(open.begin <= later + 600);
    CHECK(open.end >= later + 600);
    CHECK(open.chance > 0.8);
  }
}
