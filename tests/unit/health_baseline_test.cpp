#include "proxy/health/baseline.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

/// A period of 100 requests, one after the other, each of `time`.
performance_sample period(duration time, bool siblings_passed = true)
{
  return {100, time, 100 * time, siblings_passed};
}

baseline formed_at(duration time, baseline_policy how = {})
{
  auto made = baseline(how);
  for (int i = 0; i < how.fewest_periods; ++i)
    CHECK_FALSE(made.take(period(time)));
  CHECK(made.formed());
  return made;
}

} // namespace

TEST_CASE("baseline: it is the median of the first periods, and says nothing before")
{
  auto made = baseline();
  for (auto const time : {10ms, 11ms, 500ms, 9ms})
    CHECK_FALSE(made.take(period(time)));
  CHECK_FALSE(made.formed());
  CHECK_FALSE(made.take(period(10ms)));
  CHECK(made.normal() == 10ms);
  CHECK(made.normal_throughput() == doctest::Approx(100));
}

TEST_CASE("baseline: too few answers, or no time, say nothing")
{
  auto made = formed_at(10ms);
  CHECK_FALSE(made.take({19, 100ms, 1'900ms, true}));
  CHECK_FALSE(made.take({0, 0ms, 0ms, true}));
  CHECK_FALSE(made.take({100, 0ms, 100ms, true}));
  CHECK_FALSE(made.take({100, 10ms, 0ms, true}));
  CHECK(made.take({20, 10ms, 200ms, true}));
}

TEST_CASE("baseline: scores by how much slower")
{
  struct row
  {
    duration time;
    int least, most;
  };
  for (auto const& [time, least, most] :
       {row{5ms, 100, 100}, row{10ms, 100, 100}, row{12ms, 100, 100}, row{15ms, 78, 79}, row{20ms, 59, 60},
        row{30ms, 34, 35}, row{50ms, 0, 0}, row{10s, 0, 0}}) {
    auto made = formed_at(10ms);
    auto const found = made.take(period(time));
    REQUIRE(found);
    CHECK(found->score >= least);
    CHECK(found->score <= most);
    CHECK(found->sentence.empty() == passed(*found));
  }
  auto made = formed_at(10ms);
  CHECK(made.take(period(30ms))->sentence == "its median compute time is 30 ms, normal is 10 ms");
}

TEST_CASE("baseline: without a sibling that is well, slowness never gets an instance replaced")
{
  auto made = formed_at(10ms);
  CHECK(made.take(period(10s, false))->score == 30);
}

TEST_CASE("baseline: a throughput that sinks while the median stays is found")
{
  auto made = formed_at(10ms);
  auto const found = made.take({100, 10ms, 3s, true});
  REQUIRE(found);
  CHECK(found->score < 40);
  CHECK(found->sentence == "it answers 33.3 requests a second of busy time, normal is 100");
}

TEST_CASE("baseline: degraded periods teach nothing")
{
  auto made = formed_at(10ms);
  for (int i = 0; i < 59; ++i)
    CHECK_FALSE(passed(*made.take(period(30ms))));
  CHECK(made.normal() == 10ms);
  CHECK(passed(*made.take(period(10ms))));
}

TEST_CASE("baseline: an hour of agreeing slow periods is the new normal, a restless hour is not")
{
  auto made = formed_at(10ms);
  for (int i = 0; i < 60; ++i)
    made.take(period(i % 2 == 0 ? 30ms : 32ms));
  CHECK(made.normal() >= 30ms);
  CHECK(made.normal() <= 32ms);
  CHECK(passed(*made.take(period(31ms))));

  auto restless = formed_at(10ms);
  for (int i = 0; i < 200; ++i)
    restless.take(period(i % 2 == 0 ? 30ms : 80ms));
  CHECK(restless.normal() == 10ms);

  auto never = formed_at(10ms, {.accept_after = 0});
  for (int i = 0; i < 200; ++i)
    never.take(period(30ms));
  CHECK(never.normal() == 10ms);
}

TEST_CASE("baseline: it follows a slow drift, and a single lucky period hardly moves it")
{
  auto made = formed_at(10ms);
  made.take(period(1us));
  CHECK(made.normal() > 9'900us);
  for (int i = 0; i < 400; ++i)
    CHECK(passed(*made.take(period(duration(10'000 + 10 * i)))));
  CHECK(made.normal() > 13ms);
}

TEST_CASE("baseline: property: noise of 15 percent never fails; twice the time always does")
{
  auto random = std::mt19937_64(6);
  for (int run = 0; run < 200; ++run) {
    auto const normal = static_cast<double>(200 + random() % 1'000'000);
    auto const noisy = [&](double times) {
      auto const factor = times * (0.85 + static_cast<double>(random() % 3'001) / 10'000);
      return period(duration(static_cast<std::int64_t>(normal * factor)));
    };
    auto made = baseline();
    for (int i = 0; i < 50; ++i)
      if (auto const found = made.take(noisy(1))) CHECK(passed(*found));
    CHECK_FALSE(passed(*made.take(noisy(2.6))));
  }
}

TEST_CASE("baseline: property: the score is monotone in time and throughput")
{
  auto random = std::mt19937_64(7);
  for (int run = 0; run < 2'000; ++run) {
    auto const made = formed_at(10ms);
    auto const sample =
        performance_sample{100, duration(1 + random() % 60'000), duration(1 + random() % 6'000'000), random() % 2 == 0};
    auto slower = sample;
    slower.median += duration(random() % 20'000);
    auto fewer = sample;
    fewer.busy += duration(random() % 2'000'000);
    auto const score = [&](performance_sample const& of) { return baseline(made).take(of)->score; };
    CHECK(score(slower) <= score(sample));
    CHECK(score(fewer) <= score(sample));
  }
}
