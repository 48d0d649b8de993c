// When, after one step, may the next one follow? Cooldowns, panic, emergencies, stabilisation.
#include "tests/unit/autoscaler_facts.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace pilotlight::testing;

TEST_CASE("autoscaler: what was asked for by hand stays for the stabilisation window")
{
  model_policy policy;
  policy.stabilisation = 60s;
  autoscaler scaler({policy});
  for (int second = 1; second <= 100; ++second)
    CHECK(tick_one(scaler, serving(1, 20, 10ms), second).empty());
  scaler.asked(0, 3, clock_at(100.5));
  for (int second = 101; second <= 160; ++second)
    CHECK(first_of(tick_one(scaler, serving(3, 20, 10ms), second), action_kind::scale) == nullptr);
  auto gone = false;
  for (int second = 161; second <= 200 && !gone; ++second)
    gone = first_of(tick_one(scaler, serving(3, 20, 10ms), second), action_kind::scale) != nullptr;
  CHECK(gone);
}

TEST_CASE("autoscaler: two steps up are scale_up_cooldown apart")
{
  for (auto const apart : {0s, 30s}) {
    model_policy policy;
    policy.max_instances = 32;
    policy.up_cooldown = apart;
    autoscaler scaler({policy});
    std::vector<double> steps;
    int ready = 4;
    for (int second = 1; second <= 200; ++second) {
      auto const load = 70 + second; // requests a second of 50 ms: a slow rise
      for (auto const& one : tick_one(scaler, serving(ready, load), second))
        if (one.what == action_kind::scale && one.instances > ready) {
          ready = one.instances;
          steps.push_back(second);
        }
    }
    REQUIRE(steps.size() > 2);
    for (std::size_t i = 1; i < steps.size(); ++i)
      CHECK(clock_at(steps[i]) - clock_at(steps[i - 1]) >= apart);
  }
}

TEST_CASE("autoscaler: twice what is ready is panic, for a stable window, and nothing goes down in it")
{
  for (auto const threshold : {2.0, 100.0}) {
    model_policy policy;
    policy.max_instances = 32;
    policy.panic_threshold = threshold;
    policy.stabilisation = 1s;
    policy.down_cooldown = 1s;
    autoscaler scaler({policy});
    int ready = 1;
    double over = 0; // when the burst is
    bool panicked = false;
    for (int second = 1; second <= 300; ++second) {
      bool const burst = second > 100 && second <= 110;
      for (auto const& one : tick_one(scaler, serving(ready, burst ? 120 : 10), second))
        if (one.what == action_kind::scale) {
          if (one.instances < ready) CHECK_FALSE(scaler.panicking(0, clock_at(second)));
          ready = one.instances;
        }
      if (burst) over = second;
      panicked = panicked || scaler.panicking(0, clock_at(second));
      if (threshold == 2 && second == 120) CHECK(scaler.panicking(0, clock_at(second)));
      if (second > over + 70 && over > 0) CHECK_FALSE(scaler.panicking(0, clock_at(second)));
    }
    CHECK(panicked == (threshold == 2));
    CHECK(ready < 4);
  }
}

TEST_CASE("autoscaler: an emergency that health tells of adds one at once, a low score alone nothing")
{
  autoscaler scaler({model_policy{}});
  auto facts = serving(2, 10);
  facts.health = 10;
  facts.instances[0].health = 10;
  CHECK(first_of(tick_one(scaler, facts, 1), action_kind::scale) == nullptr);
  facts.emergency = true;
  auto const actions = tick_one(scaler, facts, 20);
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 3);
  CHECK(first_of(actions, action_kind::scale)->urgent);
}

TEST_CASE("autoscaler: an emergency without room is refused with the reason, and asked for again while it stands")
{
  autoscaler scaler({model_policy{}});
  auto facts = serving(2, 10);
  facts.health = 10;
  facts.emergency = true;
  constexpr std::uint64_t mebibyte = 1 << 20;
  facts.costs.bytes = {0, 0, 100 * mebibyte, 120 * mebibyte};
  auto empty = roomy();
  empty.memory = empty.memory_available = 1'000 * mebibyte;
  auto full = empty;
  full.memory_available = 10 * mebibyte;
  auto scaled_at = 0;
  for (int second = 20; second < 60 && scaled_at == 0; ++second) {
    auto const& node = second < 30 ? full : empty;
    auto const actions = scaler.tick(std::span(&facts, 1), node, clock_at(second));
    if (second == 20) REQUIRE(first_of(actions, action_kind::refuse) != nullptr);
    if (first_of(actions, action_kind::scale) != nullptr) scaled_at = second;
  }
  CHECK(scaled_at >= 30);
  CHECK(scaled_at <= 36); // a panic window later at most
}

TEST_CASE("autoscaler: in an emergency the successor of the only instance, which was hung, gets one beside it")
{
  autoscaler scaler({model_policy{}});
  auto facts = serving(1, 10);
  tick_one(scaler, facts, 1);
  facts.ready = 0;
  facts.instances.clear();
  facts.starting = 1;
  facts.emergency = true;
  facts.health = 0;
  auto const actions = tick_one(scaler, facts, 20);
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 2);
  CHECK(first_of(actions, action_kind::scale)->reason.starts_with("health of the model is 0"));
}

TEST_CASE("autoscaler: it goes down once the stabilisation window wants no more, and one by one where all are busy")
{
  played one;
  one.policy.max_instances = 8;
  one.rate = [](double t) { return t < 120 ? 80.0 : 4.0; };
  one.run(600);
  REQUIRE_FALSE(one.steps.empty());
  CHECK(one.steps.back().to == 1);
  for (auto const& step : one.steps)
    if (step.to < step.from) CHECK(step.at >= 120 + 60);
  CHECK(one.steps.back().at <= 120 + 240);
}
