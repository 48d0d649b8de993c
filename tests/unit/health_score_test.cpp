#include "proxy/health/score.hpp"
#include "proxy/health/standing.hpp"
#include "proxy/health/steady.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

using by_check = std::array<std::optional<int>, checks>;
instant const start{1'000s};
policy const usual{};

finding found(check what, int score, bool certain = false)
{
  return {what, score, certain, score < pass_mark ? "something" : ""};
}

} // namespace

TEST_CASE("level: its borders")
{
  CHECK(level_of(100) == level::healthy);
  CHECK(level_of(80) == level::healthy);
  CHECK(level_of(79) == level::degraded);
  CHECK(level_of(50) == level::degraded);
  CHECK(level_of(49) == level::unhealthy);
  CHECK(level_of(20) == level::unhealthy);
  CHECK(level_of(19) == level::critical);
  CHECK(level_of(0) == level::critical);
}

TEST_CASE("steady: three worse samples in a row lower it, to the best of them; two better ones raise it, to the worst")
{
  auto one = steady();
  CHECK(one.take(10, 3, 2) == 100);
  CHECK(one.take(40, 3, 2) == 100);
  CHECK(one.take(20, 3, 2) == 40);
  CHECK(one.take(90, 3, 2) == 40);
  CHECK(one.take(95, 3, 2) == 90);
  CHECK(one.take(100, 3, 2) == 95);
}

TEST_CASE("steady: a fact holds at once, and recovery counts from there")
{
  auto one = steady();
  one.take(100, 3, 2);
  one.take(100, 3, 2);
  CHECK(one.set(0) == 0);
  CHECK(one.take(100, 3, 2) == 0);
  CHECK(one.take(100, 3, 2) == 100);
}

TEST_CASE("steady: every cell: level before, runs of worse or better samples of every length")
{
  constexpr int sample_of[levels] = {90, 60, 30, 10};
  for (int failures = 1; failures <= 4; ++failures)
    for (int recoveries = 1; recoveries <= 4; ++recoveries)
      for (auto const from : sample_of)
        for (auto const to : sample_of)
          for (int run = 1; run <= 5; ++run) {
            auto one = steady(from);
            for (int i = 0; i < 5; ++i)
              one.take(from, failures, recoveries);
            for (int i = 0; i < run; ++i)
              one.take(to, failures, recoveries);
            auto const needed = to < from ? failures : recoveries;
            CHECK(one.value() == (to == from || run >= needed ? to : from));
          }
}

TEST_CASE("steady: property: runs shorter than the thresholds never move it")
{
  auto random = std::mt19937_64(10);
  for (int run = 0; run < 1'000; ++run) {
    auto const failures = static_cast<int>(1 + random() % 6);
    auto const recoveries = static_cast<int>(1 + random() % 6);
    auto const middle = static_cast<int>(20 + random() % 60);
    auto one = steady(middle);
    for (int i = 0; i < 60; ++i) {
      auto const worse = random() % static_cast<std::uint64_t>(failures); // at most failures - 1
      for (std::uint64_t j = 0; j < worse; ++j)
        CHECK(one.take(static_cast<int>(random() % static_cast<std::uint64_t>(middle)), failures, recoveries) ==
              middle);
      auto const better = random() % static_cast<std::uint64_t>(recoveries);
      for (std::uint64_t j = 0; j < better; ++j)
        CHECK(one.take(middle + static_cast<int>(random() % 20), failures, recoveries) >= middle);
      CHECK(one.value() == middle);
      // One that is neither parts the runs.
      one.take(middle, failures, recoveries);
    }
  }
}

TEST_CASE("steady: property: better samples never lead to a worse value")
{
  auto random = std::mt19937_64(11);
  for (int run = 0; run < 2'000; ++run) {
    auto const failures = static_cast<int>(1 + random() % 5);
    auto const recoveries = static_cast<int>(1 + random() % 5);
    auto one = steady(), other = steady();
    for (int i = 0; i < 40; ++i) {
      auto const sample = static_cast<int>(random() % 101);
      auto const better = std::min(100, sample + static_cast<int>(random() % 3 * 10));
      CHECK(one.take(sample, failures, recoveries) <= other.take(better, failures, recoveries));
    }
  }
}

TEST_CASE("instance score: weighted, capped by the vital checks and by 20 above the worst of the others")
{
  CHECK_FALSE(instance_score({}));
  CHECK(instance_score(by_check{100, {}, {}, {}}) == 100);
  CHECK(instance_score(by_check{100, 100, 100, 100}) == 100);
  CHECK(instance_score(by_check{0, 100, 100, 100}) == 0);
  CHECK(instance_score(by_check{100, 100, 100, 25}) == 25);
  CHECK(instance_score(by_check{100, 100, 79, 100}) == 93);
  CHECK(instance_score(by_check{100, 100, 59, 100}) == 79);
  CHECK(instance_score(by_check{100, 100, 30, 100}) == 50); // a slow node degrades, and replaces nobody
  CHECK(instance_score(by_check{100, 100, 0, 100}) == 20);
  CHECK(instance_score(by_check{100, 0, 100, 100}) == 20);
  CHECK(instance_score(by_check{100, 80, 80, 80}) == 80);
}

TEST_CASE("instance score: property: monotone in each check, within 0 to 100, and without flaps by rounding")
{
  auto random = std::mt19937_64(12);
  for (int run = 0; run < 20'000; ++run) {
    auto scores = by_check();
    for (auto& each : scores)
      if (random() % 4 != 0) each = static_cast<int>(random() % 101);
    auto const score = instance_score(scores);
    if (!score) continue;
    CHECK(*score >= 0);
    CHECK(*score <= 100);
    auto better = scores;
    for (auto& each : better)
      if (each) each = std::min(100, *each + static_cast<int>(random() % 20));
    CHECK(*instance_score(better) >= *score);
    auto passing = scores;
    for (auto& each : passing)
      if (each) each = std::max(*each, pass_mark);
    CHECK(level_of(*instance_score(passing)) == level::healthy);
  }
}

TEST_CASE("model score: nothing to judge is neither healthy nor unhealthy")
{
  CHECK_FALSE(model_score({}).score);
  CHECK_FALSE(model_score({.accuracy = 100}).score); // at zero: it answered rightly yesterday
  CHECK(model_score({.cannot_start = true}).score == 0);
  CHECK(model_score({.out_of_service = true}).score == 0);
}

TEST_CASE("model score: function and accuracy")
{
  auto const two = std::vector{100, 50};
  auto const none_serves = std::vector{0, 0};
  CHECK(model_score({.instances = two}).score == 75);
  CHECK(model_score({.instances = two, .accuracy = 100}).score == 85);
  CHECK(model_score({.instances = two, .accuracy = 25}).score == 40);
  CHECK(model_score({.instances = none_serves, .accuracy = 100}).score == 15);
  CHECK(model_score({.instances = two, .cannot_start = true, .accuracy = 100}).score == 85); // what runs, runs
  CHECK(model_score({.instances = two, .out_of_service = true, .accuracy = 100}).score == 0);
  CHECK(*model_score({.instances = two, .accuracy = 100}).function == 75);
}

TEST_CASE("service score: a sick model does not drown among many")
{
  CHECK_FALSE(service_score({}));
  auto models = std::vector<weighted_score>(100);
  CHECK(service_score(models) == 100);
  models[17].score = 10;
  CHECK(service_score(models) == 79);
  CHECK(level_of(*service_score(models)) == level::degraded);
  models[17].score = 60;
  CHECK(service_score(models) == 99);
  models[17] = {10, 900};
  CHECK(service_score(models) == 18); // nearly all requests are its
}

TEST_CASE("model and service score: property: monotone in each input")
{
  auto random = std::mt19937_64(13);
  auto const score = [&] { return static_cast<int>(random() % 101); };
  for (int run = 0; run < 10'000; ++run) {
    auto instances = std::vector<int>(1 + random() % 4);
    auto models = std::vector<weighted_score>(1 + random() % 4);
    std::generate(instances.begin(), instances.end(), score);
    for (auto& each : models)
      each = {score(), 0.1 + static_cast<double>(random() % 100)};
    auto better = instances;
    for (auto& each : better)
      each = std::min(100, each + static_cast<int>(random() % 20));
    auto const accuracy = random() % 3 == 0 ? std::optional<int>() : score();
    auto const higher = accuracy ? std::optional(std::min(100, *accuracy + 10)) : accuracy;
    CHECK(*model_score({.instances = instances, .accuracy = accuracy}).score <=
          *model_score({.instances = better, .accuracy = higher}).score);
    auto better_models = models;
    for (auto& each : better_models)
      each.score = std::min(100, each.score + static_cast<int>(random() % 20));
    CHECK(*service_score(models) <= *service_score(better_models));
  }
}

TEST_CASE("standing: an instance is trusted but not judged before its first finding")
{
  auto const fresh = instance_standing();
  CHECK_FALSE(fresh.score());
  CHECK(fresh.at() == level::healthy);
  CHECK(fresh.worst_sentence().empty());
}

TEST_CASE("standing: three slow minutes degrade it, not three looks after one slow minute")
{
  auto one = instance_standing();
  CHECK_FALSE(one.take(found(check::performance, 35), start, usual));
  for (int i = 0; i < 50; ++i)
    CHECK_FALSE(one.take(found(check::basic, 100), start + i * 5s, usual));
  CHECK_FALSE(one.take(found(check::performance, 35), start + 60s, usual));
  auto const change = one.take(found(check::performance, 35), start + 120s, usual);
  REQUIRE(change);
  CHECK(change->from == level::healthy);
  CHECK(change->to == level::degraded);
  CHECK(change->score == 55);
  CHECK(change->sentence == "something");
  CHECK_FALSE(one.take(found(check::performance, 100), start + 180s, usual));
  for (int i = 0; i < 50; ++i)
    CHECK_FALSE(one.take(found(check::basic, 100), start + 180s, usual));
  auto const back = one.take(found(check::performance, 100), start + 240s, usual);
  REQUIRE(back);
  CHECK(back->to == level::healthy);
}

TEST_CASE("standing: a hung instance is critical at once, and needs two answers to be trusted again")
{
  auto one = instance_standing();
  one.take(found(check::functional, 100), start, usual);
  auto const change = one.take(found(check::basic, 0, true), start, usual);
  REQUIRE(change);
  CHECK(change->to == level::critical);
  CHECK(one.score() == 0);
  CHECK_FALSE(one.take(found(check::basic, 100), start + 5s, usual));
  CHECK(one.take(found(check::basic, 100), start + 10s, usual)->to == level::healthy);
  // A certain finding that is good is a sample like any other.
  one.take(found(check::functional, 0, true), start + 15s, usual);
  CHECK(one.at() == level::critical);
  CHECK_FALSE(one.take(found(check::functional, 100, true), start + 20s, usual));
  CHECK(one.take(found(check::functional, 100, true), start + 25s, usual)->to == level::healthy);
}

TEST_CASE("standing: property: the level never flaps within the thresholds, and every level can be recovered from")
{
  auto random = std::mt19937_64(14);
  for (int run = 0; run < 1'000; ++run) {
    auto const how = policy{.failure_threshold = static_cast<int>(2 + random() % 4),
                            .recovery_threshold = static_cast<int>(1 + random() % 4)};
    auto one = instance_standing();
    auto runs = std::array<int, checks>();
    for (int i = 0; i < 300; ++i) { // failures in any order, but never failure_threshold in a row of the same check
      auto const which = random() % checks;
      auto const fails = random() % 2 == 0 && runs[which] + 1 < how.failure_threshold;
      runs[which] = fails ? runs[which] + 1 : 0;
      auto const score = static_cast<int>(fails ? random() % 80 : 80 + random() % 21);
      CHECK_FALSE(one.take(found(static_cast<check>(which), score), start, how));
    }
    for (int i = 0; i < 50; ++i) // now anything
      one.take(found(static_cast<check>(random() % checks), static_cast<int>(random() % 101), random() % 8 == 0), start,
               how);
    for (int i = 0; i < how.recovery_threshold; ++i)
      for (std::size_t which = 0; which < checks; ++which)
        one.take(found(static_cast<check>(which), 100), start, how);
    CHECK(one.at() == level::healthy);
    CHECK(one.score() == 100);
  }
}

TEST_CASE("standing: a model at zero forgets, and starts trusted again")
{
  auto one = score_standing();
  CHECK_FALSE(one.take(std::nullopt, usual));
  CHECK_FALSE(one.score());
  CHECK_FALSE(one.take(0, usual));
  CHECK_FALSE(one.take(0, usual));
  CHECK(one.take(0, usual)->to == level::critical);
  CHECK_FALSE(one.take(std::nullopt, usual));
  CHECK_FALSE(one.score());
  CHECK(one.at() == level::healthy);
  CHECK_FALSE(one.take(100, usual));
  CHECK(one.score() == 100);
  CHECK_FALSE(one.take(90, usual, true)); // a fact holds at once, where it is worse
  CHECK(one.score() == 90);
  CHECK(one.take(0, usual, true)->to == level::critical);
  CHECK_FALSE(one.take(100, usual, true));
  CHECK(one.score() == 0);
}
