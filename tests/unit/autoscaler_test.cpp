#include "tests/unit/autoscaler_facts.hpp"

#include <array>
#include <doctest/doctest.h>
#include <string>

using namespace pilotlight::testing;

TEST_CASE("autoscaler: a load step is answered at the first event that chance does not explain")
{
  model_policy const policy;
  autoscaler scaler({policy});
  double now = 0;
  for (int second = 1; second <= 90; ++second)
    CHECK(tick_one(scaler, serving(1, 30, 10ms), now = second).empty());
  auto facts = serving(1, 30, 10ms);
  int waiting = 0;
  while (waiting < 100) { // 150 requests per second where 100 are served
    now += 0.02;
    facts.waiting = static_cast<std::uint32_t>(++waiting);
    facts.oldest_wait = 10ms * waiting;
    auto const actions = scaler.queue_grew(facts, roomy(), clock_at(now));
    if (actions.empty()) continue;
    CHECK(actions[0].what == action_kind::scale);
    CHECK(actions[0].instances == 2);
    break;
  }
  CHECK(now - 90 <= 0.25);
  CHECK(scaler.level(0) == load_level::high);
  facts.starting = 1; // it is on its way: not another one for the same queue
  CHECK(scaler.queue_grew(facts, roomy(), clock_at(now + 0.01)).empty());
}

TEST_CASE("autoscaler: between two ticks nobody gets a core that is in use, and what was given is given")
{
  model_policy policy;
  policy.max_instances = 8;
  autoscaler scaler({policy, policy});
  node_facts node;
  node.cores = 3;
  std::vector facts{serving(1, 90, 10ms), serving(1, 90, 10ms)};
  for (model_index model = 0; model < 2; ++model) {
    facts[model].model = model;
    facts[model].cores = 0.9;
    facts[model].threads = 1;
  }
  for (int second = 1; second <= 30; ++second)
    for (auto const& one : scaler.tick(facts, node, clock_at(second)))
      if (one.what == action_kind::scale && one.instances > 1) facts[one.model].starting = one.instances - 1;
  int more = facts[0].starting + facts[1].starting;
  for (auto& one : facts) {
    one.waiting = 200;
    one.oldest_wait = 1s;
    one.cores = 0; // as it comes between two ticks
    for (auto const& given : scaler.queue_grew(one, node, clock_at(30.5)))
      if (given.what == action_kind::scale) more += given.instances - 1 - one.starting;
  }
  CHECK(more == 1);
}

TEST_CASE("autoscaler: instances that come with sequences are asked for by nobody else")
{
  model_policy policy;
  policy.sequenced = true;
  policy.max_instances = 8;
  autoscaler scaler({policy});
  for (int second = 1; second <= 200; ++second) {
    auto const facts = serving(second < 100 ? 2 : 4, second < 100 ? 200 : 1);
    CHECK(tick_one(scaler, facts, second).empty());
  }
}

TEST_CASE("autoscaler: a full queue at once, from idle")
{
  autoscaler scaler({model_policy{}});
  for (int second = 1; second <= 10; ++second)
    tick_one(scaler, at_rest(rung::instance, 1s * second), second);
  auto facts = serving(1, 0, 10ms);
  facts.waiting = 31;
  auto const actions = scaler.queue_grew(facts, roomy(), clock_at(10.05));
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].instances == 2);
}

TEST_CASE("autoscaler: the first instance comes with the first request, the most popular model first")
{
  autoscaler scaler(std::vector<model_policy>(4), {2, 5});
  std::vector<model_facts> facts(4);
  for (model_index model = 0; model < 4; ++model) {
    facts[model].model = model;
    facts[model].waiting = std::array<std::uint32_t, 4>{1, 7, 0, 3}[model];
  }
  auto const actions = scaler.tick(facts, roomy(), clock_at(1));
  REQUIRE(actions.size() == 3);
  CHECK(actions[0].model == 1);
  CHECK(actions[0].what == action_kind::scale);
  CHECK(actions[1].model == 3);
  CHECK(actions[2].what == action_kind::refuse); // two may start at once
  CHECK(actions[2].reason.find("parallel_starts") != std::string::npos);
}

TEST_CASE("autoscaler: idle models cool, each by its own delay and floor")
{
  struct one
  {
    std::string_view what;
    rung at, floor, forecast;
    int idle, learned;
    bool zero_scaling;
    int to; ///< -1: stays
  };
  constexpr auto zero = rung::zero, zygote = rung::zygote, model = rung::model_zygote, instance = rung::instance;
  one const table[] = {
      {"the plain delay is not over", instance, zero, zero, 299, -1, true, -1},
      {"the plain delay", instance, zero, zero, 300, -1, true, 0},
      {"a warm floor", instance, model, zero, 300, -1, true, 2},
      {"on its floor", model, model, zero, 900, -1, true, -1},
      {"a learned delay, shorter", instance, zero, zero, 20, 20, true, 0},
      {"a learned delay, longer", instance, zero, zero, 600, 700, true, -1},
      {"prediction wants it warmer", zero, zero, model, 900, -1, true, 2},
      {"prediction lets it cool half way", instance, zero, zygote, 400, 30, true, 1},
      {"no zero scaling", instance, zero, zero, 9'000, -1, false, -1},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.what));
    model_policy policy;
    policy.warm_floor = row.floor;
    policy.zero_scaling = row.zero_scaling;
    autoscaler scaler({policy});
    auto facts = at_rest(row.at, 1s * row.idle);
    facts.forecast_floor = row.forecast;
    if (row.learned >= 0) facts.learned_delay = 1s * row.learned;
    auto const actions = tick_one(scaler, facts, 1);
    auto const* rests = first_of(actions, action_kind::rest);
    CHECK((rests == nullptr ? -1 : static_cast<int>(rests->to)) == row.to);
  }
}

TEST_CASE("autoscaler: a floor starts instances by itself and is given up over the budget")
{
  model_policy policy;
  policy.min_instances = 2;
  policy.worker_hours = 10;
  autoscaler scaler({policy});
  auto actions = tick_one(scaler, at_rest(rung::zero, 1h), 1);
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 2);

  worker_hours used;
  used.restore(clock_at(2), 11.0);
  scaler.restore_worker_hours(0, used.save(), clock_at(2));
  CHECK(tick_one(scaler, at_rest(rung::zero, 1h), 2).empty());
  auto busy = serving(3, 40);
  actions = tick_one(scaler, busy, 3);
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 1);
  model_facts called;
  called.waiting = 1;
  actions = tick_one(scaler, called, 4); // a first request is served all the same
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  policy.refuse_over_budget = true;
  scaler.configure({policy});
  actions = tick_one(scaler, called, 5);
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].what == action_kind::refuse);
}

TEST_CASE("autoscaler: an open window is a floor, and nothing goes below it")
{
  model_policy policy;
  policy.schedules.push_back(*parse_schedule("schedules", "Tue 00:00-12:00", 0min, 0min, 3));
  autoscaler scaler({policy});
  auto actions = tick_one(scaler, at_rest(rung::model_zygote, 1h), 60); // clock_at begins on a Tuesday
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 3);
  CHECK(first_of(actions, action_kind::scale)->reason.find("Tue 00:00-12:00") != std::string::npos);
  auto facts = at_rest(rung::instance, 1h);
  facts.ready = 3;
  for (int second = 100; second < 400; ++second)
    CHECK(tick_one(scaler, facts, second).empty());
  CHECK_FALSE(tick_one(scaler, facts, 12 * 3'600 + 1).empty()); // closed
}

TEST_CASE("autoscaler: the weights follow measured service times, once")
{
  model_policy policy;
  policy.reweighs = true;
  autoscaler scaler({policy});
  auto facts = serving(2, 20);
  facts.instances[0].service = 40ms;
  facts.instances[1].service = 80ms;
  auto const actions = tick_one(scaler, facts, 1);
  REQUIRE(first_of(actions, action_kind::reweigh) != nullptr);
  CHECK(first_of(actions, action_kind::reweigh)->weights == std::vector{1.0, 0.5});
  CHECK(first_of(tick_one(scaler, facts, 2), action_kind::reweigh) == nullptr);
  facts.instances[1].service = 40ms;
  for (int second = 3; second < 7; ++second) // too soon: it may be noise
    CHECK(first_of(tick_one(scaler, facts, second), action_kind::reweigh) == nullptr);
  CHECK(first_of(tick_one(scaler, facts, 7), action_kind::reweigh) != nullptr);
  facts.instances[1].health = 10;
  CHECK(first_of(tick_one(scaler, facts, 8), action_kind::reweigh) != nullptr); // others serve than before
  autoscaler by_another_strategy({model_policy{}});
  CHECK(first_of(tick_one(by_another_strategy, facts, 1), action_kind::reweigh) == nullptr);
}

TEST_CASE("autoscaler: where load is high and no more may start, the weights follow all the same")
{
  model_policy policy;
  policy.max_instances = 2;
  policy.reweighs = true;
  autoscaler scaler({policy});
  auto facts = serving(2, 60);
  facts.instances[0].service = 40ms;
  facts.instances[1].service = 80ms;
  facts.waiting = 1'000;
  facts.oldest_wait = 1s;
  facts.concurrency = 1'000;
  auto const actions = tick_one(scaler, facts, 1);
  CHECK(scaler.level(0) == load_level::high);
  REQUIRE(first_of(actions, action_kind::reweigh) != nullptr);
  CHECK(first_of(actions, action_kind::reweigh)->weights == std::vector{1.0, 0.5});
}

TEST_CASE("autoscaler: instances are there before the load that was forecast")
{
  model_policy policy;
  policy.max_instances = 8;
  autoscaler scaler({policy});
  auto facts = serving(1, 8);
  facts.forecast_rate = 60; // three instances' worth
  auto const actions = tick_one(scaler, facts, 1);
  REQUIRE(first_of(actions, action_kind::scale) != nullptr);
  CHECK(first_of(actions, action_kind::scale)->instances == 4);
  CHECK(first_of(actions, action_kind::scale)->reason.find("expected") != std::string::npos);
}

TEST_CASE("autoscaler: who only waits for its turn is not refused, and a refusal names the rung that was wanted")
{
  autoscaler scaler(std::vector<model_policy>(3), {1, 3});
  std::vector<model_facts> facts(3);
  for (model_index model = 0; model < 3; ++model) {
    facts[model] = at_rest(rung::zero, 1s * (10 + static_cast<int>(model)));
    facts[model].model = model;
    facts[model].forecast_floor = rung::model_zygote;
  }
  auto actions = scaler.tick(facts, roomy(), clock_at(1)); // nobody waits for any of them: one after another
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].what == action_kind::rest);
  facts[2].waiting = 1; // somebody waits
  facts[2].starting = 0;
  facts[1].starting = 1;
  actions = scaler.tick(facts, roomy(), clock_at(2));
  REQUIRE(first_of(actions, action_kind::refuse) != nullptr);
  CHECK(first_of(actions, action_kind::refuse)->model == 2);

  scaler.configure(std::vector<model_policy>(3), {1, 0});
  facts[1].starting = 0;
  facts[2].waiting = 0;
  actions = scaler.tick(facts, roomy(), clock_at(3));
  REQUIRE(first_of(actions, action_kind::refuse) != nullptr);
  CHECK(first_of(actions, action_kind::refuse)->reason.find("model_zygote wanted (a call is expected): ") == 0);
}
