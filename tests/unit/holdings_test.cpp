#include "proxy/decide/holdings.hpp"

#include "tests/unit/autoscaler_fixture.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

/// Nothing inside, resting anywhere, with or without a forecast.
model_facts any_silent(std::mt19937& random, model_index model)
{
  model_facts facts;
  facts.model = model;
  facts.at = static_cast<rung>(random() % rungs);
  facts.ready = facts.at == rung::instance ? 1 + static_cast<int>(random() % 3) : 0;
  facts.idle = 1s * static_cast<int>(random() % 900);
  facts.forecast_rate = random() % 2 == 0 ? -1 : static_cast<double>(random() % 100) / 1'000;
  facts.forecast_floor = static_cast<rung>(random() % rungs);
  facts.costs.to_answer[0] = 1ms * static_cast<int>(100 + random() % 900);
  return facts;
}

model_policy any_policy(std::mt19937& random)
{
  model_policy policy;
  policy.min_instances = random() % 4 == 0 ? 1 : 0;
  policy.warm_floor = random() % 3 == 0 ? static_cast<rung>(random() % rungs) : rung::zero;
  policy.priority = static_cast<int>(random() % 3);
  if (random() % 5 == 0) policy.schedules.push_back(*parse_schedule("when", "daily 00:00-24:00", 0min, 0min, 1));
  return policy;
}

holding held(model_facts const& facts, model_policy const& policy)
{
  return hold(facts, policy, bounds_of(policy, worker_hours(), facts.forecast_floor, clock_at(1)));
}

bool keeps(model_facts const& facts, model_policy const& policy)
{
  bool const floor = policy.min_instances > 0 || !policy.schedules.empty();
  return facts.at <= (floor ? rung::instance : policy.warm_floor);
}

} // namespace

TEST_CASE("holdings: a forecast never pins; it raises what an eviction is expected to cost, to a start at most")
{
  std::mt19937 random(17);
  for (int run = 0; run < 20'000; ++run) {
    auto facts = any_silent(random, 0);
    auto const policy = any_policy(random);
    auto const with = held(facts, policy);
    facts.forecast_floor = rung::zero;
    auto const without = held(facts, policy);
    CHECK(with.pinned == keeps(facts, policy));
    CHECK(with.pinned == without.pinned);
    CHECK(with.idle == without.idle);
    CHECK(with.bytes == without.bytes);
    CHECK(with.value >= without.value);
    CHECK(with.value <= std::chrono::duration<double>(facts.costs.to_answer[0]).count());
  }
}

TEST_CASE(
    "holdings: what is forecast to be called is worth more than what is not, and of two that are the later called")
{
  auto facts = model_facts();
  facts.at = rung::instance;
  facts.ready = 1;
  auto const value = [&](duration idle, rung floor) {
    facts.idle = idle;
    facts.forecast_floor = floor;
    return worth(facts, rung::zero);
  };
  CHECK(value(300s, rung::instance) > value(300s, rung::zero));
  CHECK(value(300s, rung::instance) < value(30s, rung::instance));
  CHECK(value(300s, rung::zygote) == value(300s, rung::zero)); // that rung is nobody's own
  facts.at = rung::zero;                                       // never called
  facts.ready = 0;
  CHECK(value(0s, rung::instance) < value(600s, rung::instance));
}

TEST_CASE("holdings: between two requests of its sequence a model is not idle; without any instance it is")
{
  model_policy policy;
  policy.sequenced = true;
  model_facts facts;
  facts.at = rung::instance;
  facts.ready = 1;
  CHECK_FALSE(held(facts, policy).idle);
  facts.at = rung::model_zygote;
  facts.ready = 0;
  CHECK(held(facts, policy).idle);
}

TEST_CASE("holdings: who is coming, or has only just come, counts with the threads that it may use")
{
  model_policy policy;
  policy.threads = 2;
  model_facts facts;
  facts.at = rung::instance;
  facts.ready = 3;
  facts.cores = 1.5;
  CHECK(held(facts, policy).cores == 1.5);
  facts.unmeasured = 1;
  CHECK(held(facts, policy).cores == 3.5);
  facts.starting = 1;
  CHECK(held(facts, policy).cores == 5.5);
}

TEST_CASE("capacity: with any forecasts there is room for a request as long as something idle is not kept by policy")
{
  std::mt19937 random(23);
  for (int run = 0; run < 5'000; ++run) {
    std::vector<holding> all;
    auto any_may_go = false;
    for (model_index i = 0, count = 1 + static_cast<model_index>(random() % 6); i < count; ++i) {
      auto facts = any_silent(random, i);
      facts.at = random() % 2 == 0 ? rung::instance : rung::model_zygote;
      facts.ready = facts.at == rung::instance ? 1 : 0;
      auto policy = any_policy(random);
      policy.priority = 0;
      all.push_back(held(facts, policy));
      any_may_go = any_may_go || !keeps(facts, policy);
    }
    node_facts node;
    auto const count = static_cast<int>(all.size());
    auto const given = capacity(node, {9, count}, all).place({.model = 99, .first = true});
    CHECK(given.instances == 0);
    CHECK(given.evict.size() == (any_may_go ? 1 : 0));
    for (auto const victim : given.evict)
      CHECK_FALSE(all[victim].pinned);
  }
}

TEST_CASE("capacity: what only a forecast wants takes no place of its priority from what is worth as much")
{
  std::mt19937 random(29);
  for (int run = 0; run < 5'000; ++run) {
    std::vector<holding> all;
    for (model_index i = 0, count = 1 + static_cast<model_index>(random() % 6); i < count; ++i) {
      auto const facts = any_silent(random, i);
      all.push_back(held(facts, any_policy(random)));
      all.back().loaded = true;
      all.back().bytes = (1 + random() % 50) * mebibyte;
    }
    auto const count = static_cast<int>(all.size());
    auto const wanted = place_wanted{.model = 99,
                                     .priority = static_cast<int>(random() % 3),
                                     .first_bytes = (1 + random() % 100) * mebibyte,
                                     .value = static_cast<double>(random() % 100) / 100};
    node_facts node;
    node.memory = 1'000 * mebibyte;
    node.memory_available = (200 + random() % 60) * mebibyte;
    auto const places = count + static_cast<int>(random() % 3) - 1;
    for (auto const victim : capacity(node, {9, places}, all).place(wanted).evict) {
      auto const& gone = all[victim];
      CHECK(gone.priority <= wanted.priority);
      if (gone.priority == wanted.priority) CHECK((gone.value < wanted.value && !gone.pinned));
    }
  }
}

TEST_CASE("autoscaler: more models are expected than there are places: they settle, and nobody takes turns")
{
  std::mt19937 random(31);
  for (int run = 0; run < 40; ++run) {
    auto const count = static_cast<model_index>(3 + random() % 8);
    auto const places = 1 + static_cast<int>(random() % 4);
    autoscaler scaler(std::vector<model_policy>(count), {2, places});
    std::vector<model_facts> all;
    for (model_index i = 0; i < count; ++i) {
      auto facts = any_silent(random, i);
      facts.at = rung::zero;
      facts.ready = 0;
      facts.forecast_floor = random() % 5 == 0 ? rung::zero : random() % 2 == 0 ? rung::model_zygote : rung::instance;
      facts.learned_delay = 0s;
      if (random() % 3 == 0) facts.idle = 0s; // never called
      all.push_back(facts);
    }
    std::vector<int> evicted(count); // what they are worth may cross while time passes, but not again and again
    for (int second = 1; second <= 200; ++second) {
      for (auto& facts : all) {
        if (facts.starting > 0)
          facts.ready = std::exchange(facts.starting, 0), facts.at = rung::instance, facts.idle = 0s;
        if (facts.at > rung::zygote || facts.idle > 0s) facts.idle += 1s;
      }
      for (auto const& one : scaler.tick(all, node_facts(), clock_at(second))) {
        auto& facts = all[one.model];
        if (one.what == action_kind::scale) facts.starting = one.instances - facts.ready;
        if (one.what == action_kind::rest) facts.at = one.to;
        if (one.what == action_kind::evict) {
          facts.at = rung::zero;
          facts.ready = 0;
          ++evicted[one.model];
        }
      }
      auto const loaded = std::ranges::count_if(
          all, [](model_facts const& one) { return one.ready + one.starting > 0 || one.at > rung::zygote; });
      CHECK(loaded <= places);
    }
    CHECK(std::ranges::max(evicted) <= 2);
  }
}
