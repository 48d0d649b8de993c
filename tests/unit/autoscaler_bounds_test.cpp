// Properties of whatever is decided.
#include "tests/unit/autoscaler_facts.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::testing;

namespace {

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

TEST_CASE("autoscaler: a model of sequences has no floor of instances, and takes nobody's place for one")
{
  model_policy policy;
  policy.sequenced = true;
  policy.min_instances = 1;
  autoscaler scaler({policy});
  CHECK(tick_one(scaler, at_rest(rung::zero, 1h), 1).empty());
  policy.warm_floor = rung::instance;
  scaler.configure({policy});
  auto const actions = tick_one(scaler, at_rest(rung::zero, 1h), 2);
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].what == action_kind::rest);
  CHECK(actions[0].to == rung::model_zygote); // what its instances are forked from
}

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
