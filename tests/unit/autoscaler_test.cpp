#include "autoscaler_fixture.hpp"

#include <array>
#include <doctest/doctest.h>
#include <string>

using namespace pilotlight::testing;
using namespace std::chrono_literals;

namespace {

model_facts serving(int ready, double rate, duration service = 50ms)
{
  model_facts facts;
  facts.at = rung::instance;
  facts.ready = ready;
  facts.service = service;
  facts.arrived = static_cast<std::uint64_t>(rate);
  facts.concurrency = rate * std::chrono::duration<double>(service).count();
  facts.in_flight = static_cast<std::uint32_t>(std::min<double>(ready, std::ceil(facts.concurrency)));
  for (int i = 0; i < ready; ++i) {
    instance_facts one;
    one.number = i + 1;
    one.ready = true;
    one.in_flight = static_cast<std::uint32_t>(i) < facts.in_flight ? 1 : 0;
    facts.instances.push_back(one);
  }
  return facts;
}

model_facts at_rest(rung at, duration idle)
{
  model_facts facts;
  facts.at = at;
  facts.idle = idle;
  facts.ready = at == rung::instance ? 1 : 0;
  return facts;
}

node_facts roomy()
{
  node_facts node;
  node.cores = 64;
  return node;
}

action const* first_of(std::vector<action> const& actions, action_kind kind)
{
  auto const found = std::ranges::find(actions, kind, &action::what);
  return found == actions.end() ? nullptr : &*found;
}

std::vector<action> tick_one(autoscaler& scaler, model_facts const& facts, double now)
{
  return scaler.tick(std::span(&facts, 1), roomy(), clock_at(now));
}

/// Facts as no tester would think of them.
model_facts any_facts(std::mt19937& random, model_index model)
{
  model_facts facts;
  facts.model = model;
  int const ready = static_cast<int>(random() % 4);
  facts = serving(ready, static_cast<double>(random() % 200), 1ms * static_cast<int>(random() % 300));
  facts.model = model;
  facts.starting = random() % 4 == 0 ? 1 : 0;
  facts.draining = random() % 5 == 0 ? 1 : 0;
  facts.waiting = random() % 3 == 0 ? static_cast<std::uint32_t>(random() % 60) : 0;
  if (random() % 3 == 0) {
    facts.in_flight = facts.waiting = 0;
    facts.arrived = 0;
    facts.concurrency = 0;
    for (auto& one : facts.instances)
      one.in_flight = 0;
    facts.idle = 1s * static_cast<int>(random() % 600);
  }
  if (ready == 0) facts.at = static_cast<rung>(random() % 3);
  for (auto& one : facts.instances)
    one.health = random() % 10 == 0 ? 10 : 100;
  facts.health = random() % 20 == 0 ? 10 : 100;
  facts.emergency = facts.health < 20 && random() % 2 == 0;
  facts.p95 = 1ms * static_cast<int>(random() % 4'000);
  facts.cores = static_cast<double>(ready) * static_cast<double>(random() % 100) / 100;
  facts.forecast_rate = random() % 2 == 0 ? -1 : static_cast<double>(random() % 100);
  facts.forecast_floor = random() % 4 == 0 ? static_cast<rung>(random() % 4) : rung::zero;
  facts.learned_delay = random() % 2 == 0 ? duration(-1) : 1s * static_cast<int>(random() % 100);
  return facts;
}

model_policy any_policy(std::mt19937& random)
{
  model_policy policy;
  policy.max_instances = 1 + static_cast<int>(random() % 4);
  policy.min_instances = static_cast<int>(random() % 2);
  policy.priority = static_cast<int>(random() % 3);
  policy.dry_run = random() % 6 == 0;
  policy.autoscaling = random() % 6 != 0;
  policy.zero_scaling = random() % 6 != 0;
  return policy;
}

} // namespace

TEST_CASE("autoscaler: whatever the facts say, no action breaks a bound")
{
  std::mt19937 random(5);
  for (int run = 0; run < 300; ++run) {
    std::vector<model_policy> policies(1 + random() % 5);
    for (auto& policy : policies)
      policy = any_policy(random);
    autoscaler scaler(policies, {2, 3});
    double now = 0;
    for (int turn = 0; turn < 60; ++turn) {
      now += 0.2 + static_cast<double>(random() % 20) / 10;
      std::vector<model_facts> facts;
      for (model_index model = 0; model < policies.size(); ++model)
        facts.push_back(any_facts(random, model));
      node_facts node;
      node.cores = 1 + static_cast<double>(random() % 4);
      node.memory = std::uint64_t{1} << 30;
      node.memory_available = (std::uint64_t{random() % 1'024}) << 20;
      auto const actions = scaler.tick(facts, node, clock_at(now));
      auto const again = scaler.tick(facts, node, clock_at(now));

      for (auto const& one : actions)
        INFO(to_string(one.what) << one.model);
      REQUIRE(actions.size() == again.size()); // the same facts at the same time: the same answer
      std::uint64_t promised = 0;
      for (std::size_t i = 0; i < actions.size(); ++i) {
        auto const& one = actions[i];
        auto const& its = facts[one.model];
        auto const& policy = policies[one.model];
        int const there = its.ready + its.starting;
        bool const called = its.waiting + its.in_flight > 0;
        CHECK(one.what == again[i].what);
        CHECK(one.instances == again[i].instances);
        CHECK_FALSE(one.reason.empty());
        bool const gives_way = one.reason.find("needs its place") != std::string::npos;
        if (!gives_way) CHECK(one.dry_run == policy.dry_run);
        if (one.what == action_kind::scale) {
          CHECK(one.instances >= 1);
          CHECK(one.instances <= std::max(policy.max_instances, 1));
          bool const more = one.instances > there;
          if (!policy.autoscaling) CHECK((more && there == 0 && one.instances == 1 && called));
          if (!more) {
            CHECK(one.instances >= policy.min_instances);
            CHECK(its.starting == 0);
            if (its.ready <= policy.max_instances && !gives_way)
              CHECK_FALSE(scaler.panicking(one.model, clock_at(now)));
          }
          auto const further = its.costs.bytes[3] - its.costs.bytes[2];
          if (more && !one.dry_run)
            promised += static_cast<std::uint64_t>(one.instances - there - (there == 0 ? 1 : 0)) * further +
                        (there == 0 ? its.costs.bytes[3] - (its.at == rung::model_zygote ? its.costs.bytes[2] : 0) : 0);
        }
        if (one.what == action_kind::rest) {
          CHECK(policy.autoscaling);
          CHECK(its.starting == 0);
          CHECK_FALSE(called);
          if (one.to < its.at) CHECK((policy.zero_scaling && policy.min_instances == 0));
        }
        if (one.what == action_kind::evict) {
          CHECK_FALSE(called);
          CHECK(its.starting == 0);
          CHECK((policy.zero_scaling && policy.autoscaling && !policy.dry_run));
        }
        CHECK(one.what != action_kind::replace); // health's
      }
      CHECK(promised <= node.memory_available);
    }
  }
}

TEST_CASE("autoscaler: more load never wants fewer instances")
{
  for (auto const service : {5ms, 50ms, 500ms}) {
    int before = 0;
    for (double load = 0.05; load < 12; load += 0.05) {
      model_policy policy;
      policy.max_instances = 32;
      autoscaler scaler({policy});
      double const rate = load / std::chrono::duration<double>(service).count();
      int wanted = 1;
      for (int second = 1; second <= 70; ++second) {
        auto facts = serving(wanted, 0, service);
        facts.arrived = static_cast<std::uint64_t>(std::floor(rate * second) - std::floor(rate * (second - 1)));
        facts.concurrency = load;
        facts.in_flight = 1;
        for (auto const& one : tick_one(scaler, facts, second))
          if (one.what == action_kind::scale) wanted = std::max(wanted, one.instances);
      }
      CHECK(wanted >= before);
      CHECK(wanted >= std::ceil(load - 0.02));
      before = std::max(before, wanted);
    }
  }
}

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

TEST_CASE("autoscaler: the weights follow measured service times, once")
{
  autoscaler scaler({model_policy{}});
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
