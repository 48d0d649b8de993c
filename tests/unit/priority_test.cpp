// Cores or memory are short: who gives up an instance for whom?
#include "proxy/decide/capacity.hpp"
#include "proxy/decide/claims.hpp"
#include "tests/unit/autoscaler_fixture.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <optional>
#include <random>
#include <string>

using namespace pilotlight::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

/// It serves with so many instances, each busy, each of a core and 20 MiB.
holding serves(model_index model, int priority, int instances, int surplus)
{
  holding one;
  one.model = model;
  one.loaded = true;
  one.priority = priority;
  one.instances = instances;
  one.surplus = surplus;
  one.cores = instances;
  one.further_bytes = 20 * mebibyte;
  one.bytes = 100 * mebibyte + static_cast<std::uint64_t>(instances - 1) * one.further_bytes;
  return one;
}

holding with(holding one, void (*change)(holding&))
{
  change(one);
  return one;
}

place_wanted further(model_index model, int priority, std::uint64_t mib = 20)
{
  return {.model = model,
          .priority = priority,
          .loaded = true,
          .first_bytes = mib * mebibyte,
          .further_bytes = mib * mebibyte,
          .presses = true};
}

/// Models that want a constant number of instances, each of one thread, on a node with fewer cores.
struct contest
{
  struct contender
  {
    int wants = 1; ///< instances that its load keeps busy
    int ready = 0, starting = 0, draining = 0;
    int ups = 0, downs = 0; ///< turns of its count
    int direction = 0;
    std::optional<std::size_t> gave_to = {}; ///< who needed its place
  };

  std::vector<model_policy> policies;
  std::vector<contender> models;
  double cores = 4;

  std::vector<model_facts> facts() const
  {
    double busy = 0;
    for (auto const& one : models)
      busy += std::min(one.ready + one.draining, one.wants);
    double const share = busy > cores ? cores / busy : 1;
    std::vector<model_facts> all;
    for (model_index i = 0; i < models.size(); ++i) {
      auto const& one = models[i];
      model_facts its;
      its.model = i;
      its.at = one.ready > 0 ? rung::instance : rung::zero;
      its.ready = one.ready;
      its.starting = one.starting;
      its.draining = one.draining;
      its.service = 50ms;
      its.in_flight = static_cast<std::uint32_t>(one.wants > 0 ? one.ready : 0);
      its.waiting = static_cast<std::uint32_t>(one.wants > one.ready ? 40 : 0);
      its.oldest_wait = its.waiting > 0 ? 500ms : 0ms;
      its.concurrency = its.in_flight + its.waiting;
      its.arrived = static_cast<std::uint64_t>(one.wants) * 16; // each keeps 0.8 of an instance busy
      its.cores = std::min(one.ready + one.draining, one.wants) * share;
      its.threads = 1;
      for (int n = 0; n < one.ready; ++n)
        its.instances.push_back({.number = n + 1, .ready = true, .in_flight = its.in_flight > 0 ? 1U : 0U});
      all.push_back(its);
    }
    return all;
  }

  void turn(model_index model, int direction)
  {
    auto& one = models[model];
    if (direction != one.direction) ++(direction > 0 ? one.ups : one.downs);
    one.direction = direction;
  }

  void run(int seconds)
  {
    autoscaler scaler(policies, {9, 99});
    node_facts node;
    node.cores = cores;
    for (int second = 1; second <= seconds; ++second) {
      for (auto& one : models) {
        one.ready += std::exchange(one.starting, 0);
        one.draining = 0;
      }
      auto const now = facts();
      double promised = 0;
      for (auto const& its : now)
        promised += its.cores;
      auto const actions = scaler.tick(now, node, clock_at(second));
      auto const lacks = [&](std::size_t model) {
        return std::ranges::any_of(
            actions, [&](action const& one) { return one.model == model && one.what == action_kind::refuse; });
      };
      for (auto const& one : actions) {
        if (one.what != action_kind::scale) continue;
        auto& its = models[one.model];
        auto const& policy = policies[one.model];
        if (one.instances > its.ready) {
          auto const first = its.ready == 0;
          promised += one.instances - its.ready;
          if (!first) CHECK(promised <= cores + 0.1);
          if (its.gave_to) CHECK_FALSE(lacks(*its.gave_to)); // it has what it wanted, or wants no more
          its.starting = one.instances - its.ready;
          turn(one.model, 1);
          continue;
        }
        CHECK(one.instances >= std::max(1, policy.min_instances));
        if (auto const at = one.reason.find("' needs its place"); at != std::string::npos) {
          CHECK(one.instances == its.ready - 1);
          auto const other = std::stoul(one.reason.substr(7, at - 7)); // "model '7' needs its place"
          CHECK(policies.at(other).priority > policy.priority);
          its.gave_to = other;
        }
        its.draining = its.ready - one.instances;
        its.ready = one.instances;
        turn(one.model, -1);
      }
    }
  }
};

model_policy important(std::size_t number, int priority, int min = 0)
{
  model_policy policy;
  policy.name = std::to_string(number);
  policy.priority = priority;
  policy.max_instances = 4;
  policy.min_instances = min;
  return policy;
}

} // namespace

TEST_CASE("priority: cores are lacking: who gives up an instance?")
{
  struct one
  {
    std::string_view what;
    std::vector<holding> held;
    place_wanted wanted;
    std::optional<model_index> drain;
  };
  auto const low = serves(1, -10, 3, 2);
  auto const wanted = further(0, 10);
  one const table[] = {
      {"a surplus of a less important one", {low, serves(0, 10, 1, 0)}, wanted, 1},
      {"nobody of the same priority", {serves(1, 10, 3, 2), serves(0, 10, 1, 0)}, wanted, {}},
      {"nobody more important", {serves(1, 11, 3, 2), serves(0, 10, 1, 0)}, wanted, {}},
      {"not the last one, nor one of a floor", {serves(1, -10, 3, 0), serves(0, 10, 1, 0)}, wanted, {}},
      {"the least important first", {serves(1, 0, 2, 1), serves(2, -1, 2, 1)}, wanted, 2},
      {"of equals who has more", {serves(1, 0, 1, 1), serves(2, 0, 3, 2)}, wanted, 2},
      {"one that is leaving already is waited for",
       {with(low, [](holding& its) { its.draining = 1; }), serves(0, 10, 1, 0)},
       wanted,
       {}},
      {"one that does nothing gives no core back",
       {with(low, [](holding& its) { its.cores = 0; }), serves(0, 10, 4, 0)},
       wanted,
       {}},
      {"there is room", {serves(1, -10, 2, 1), serves(0, 10, 1, 0)}, wanted, {}},
      {"what nobody waits for presses nobody",
       {low, serves(0, 10, 1, 0)},
       [&] {
         auto guess = wanted;
         guess.presses = false;
         return guess;
       }(),
       {}},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.what));
    node_facts node;
    node.cores = 4;
    auto const given = capacity(node, {9, 9}, row.held).place(row.wanted);
    CHECK(given.drain == row.drain);
    CHECK(given.evict.empty());
    if (row.drain) CHECK(given.lacking.find("an instance is leaving") != std::string::npos);
    if (row.drain) CHECK((given.short_of_room && given.instances == 0));
  }
}

TEST_CASE("priority: memory is lacking: an idle model goes first, then a surplus, if all of it would do")
{
  node_facts node;
  node.cores = 64;
  node.memory = 1'000 * mebibyte;
  node.memory_available = 10 * mebibyte;
  auto wanted = further(9, 10, 40);
  wanted.memory_limit = 100;
  std::vector<holding> held{serves(1, 0, 3, 2), serves(2, 5, 2, 1)};
  auto given = capacity(node, {9, 9}, held).place(wanted);
  CHECK(given.drain == model_index{1}); // one now, 30 are lacking; the next one in a later tick
  CHECK(given.evict.empty());
  wanted.first = true; // the same for its first
  CHECK(capacity(node, {9, 9}, held).place(wanted).drain == model_index{1});
  wanted.first_bytes = 90 * mebibyte; // all three together would not do
  CHECK_FALSE(capacity(node, {9, 9}, held).place(wanted).drain.has_value());
  wanted.first_bytes = 40 * mebibyte;
  held.push_back(serves(3, 10, 1, 0));
  held.back().idle = true;
  given = capacity(node, {9, 9}, held).place(wanted);
  CHECK(given.evict == std::vector<model_index>{3});
  CHECK_FALSE(given.drain.has_value());
}

TEST_CASE(
    "claims: what was given up for one is not for the less important, until it has what it wanted or wants no more")
{
  auto const policies = std::vector{important(0, 10), important(1, 0)};
  auto const at = [](double seconds) { return clock_at(seconds); };
  claims all;
  all.note(0, false, true, 60s, at(1)); // nobody gave anything
  CHECK(all.ahead_of(0, policies, at(1)) == nullptr);
  CHECK(all.may_press(0, at(1)));
  all.note(0, true, true, 60s, at(2));
  CHECK(all.ahead_of(0, policies, at(2)) == nullptr); // in the same tick there is room for nobody anyway
  CHECK(all.ahead_of(0, policies, at(3)) == &policies[0]);
  CHECK(all.ahead_of(10, policies, at(3)) == nullptr); // as important
  CHECK_FALSE(all.may_press(0, at(3)));                // it is not known yet what that gave back
  CHECK(all.may_press(0, at(5)));
  all.note(0, false, true, 60s, at(40));
  CHECK(all.ahead_of(0, policies, at(99)) == &policies[0]);
  CHECK(all.ahead_of(0, policies, at(101)) == nullptr);
  all.note(0, false, true, 60s, at(102)); // long over: nobody gave anything for this one
  CHECK(all.ahead_of(0, policies, at(103)) == nullptr);
  all.note(0, true, true, 60s, at(110));
  all.note(0, false, false, 60s, at(112)); // it has what it wanted
  CHECK(all.ahead_of(0, policies, at(113)) == nullptr);
}

TEST_CASE("priority: the more important one gets its place when it is free, and it is not won back")
{
  contest one;
  one.policies = {important(0, 10), important(1, -10)};
  one.models = {{.wants = 3, .ready = 1}, {.wants = 4, .ready = 3}};
  one.run(120);
  CHECK(one.models[0].ready == 3);
  CHECK(one.models[1].ready == 1);
  CHECK(one.models[0].downs == 0);
  CHECK(one.models[1].ups == 0);

  one.policies[0].priority = -10; // as important as the other one: nothing changes
  one.models = {{.wants = 3, .ready = 1}, {.wants = 4, .ready = 3}};
  one.run(120);
  CHECK(one.models[0].ready == 1);
  CHECK(one.models[1].ready == 3);
}

TEST_CASE(
    "priority: whoever contends, cores are not exceeded, no floor is broken, only a lower priority loses, no flap")
{
  std::mt19937 random(41);
  for (int run = 0; run < 200; ++run) {
    contest one;
    one.cores = 2 + static_cast<double>(random() % 6);
    for (std::size_t i = 0, count = 2 + random() % 4; i < count; ++i) {
      one.policies.push_back(important(i, static_cast<int>(random() % 3), static_cast<int>(random() % 3)));
      one.models.push_back({.wants = static_cast<int>(random() % 5), .ready = one.policies.back().min_instances});
      one.models.back().ready = std::max(one.models.back().ready, 1);
    }
    one.run(150);
    CAPTURE(run);
    for (std::size_t i = 0; i < one.models.size(); ++i) {
      CAPTURE(i);
      CHECK(one.models[i].ups <= 2); // what was promised to an instance may be more than it then uses
      CHECK(one.models[i].downs <= 1);
    }
  }
}

TEST_CASE("priority: a request for a first instance gets memory from a less important model's surplus, and keeps it")
{
  node_facts node;
  node.cores = 4;
  node.memory = 1'000 * mebibyte;
  node.memory_available = 10 * mebibyte;
  node.zygote_bytes = mebibyte;
  std::vector<model_policy> const policies{important(0, 10), important(1, 0)};
  autoscaler scaler(policies);
  auto facts = contest{policies, {{}, {.wants = 3, .ready = 3}}, 4}.facts();
  facts[0].costs.bytes = {0, 0, 0, 20 * mebibyte};
  facts[1].costs.bytes = {0, 0, 100 * mebibyte, 120 * mebibyte};
  auto const loaded = std::vector{scaler.held_by(facts[1], clock_at(1))};
  CHECK(loaded[0].surplus == 2);
  auto const start = waiting_start{scaler.first_of(facts[0], node, clock_at(1)), 1, {}};
  auto const plan = plan_room(loaded, {&start, 1}, node, {2, 9});
  CHECK(plan.start.empty());
  CHECK(plan.evict.empty());
  REQUIRE(plan.drain.size() == 1);
  CHECK(plan.drain[0].model == 1);
  CHECK(plan.drain[0].in_favour_of == 0);
  scaler.planned(plan, clock_at(1));
  CHECK_FALSE(scaler.first_of(facts[0], node, clock_at(2)).presses); // it is not known yet what that gave back
  facts[1].ready = 2;
  facts[1].instances.pop_back();
  facts[1].waiting = 60;
  auto const actions = scaler.tick({&facts[1], 1}, node, clock_at(2));
  auto const refused = std::ranges::find(actions, action_kind::refuse, &action::what);
  REQUIRE(refused != actions.end());
  CHECK(refused->reason.find("model '0' is more important, and lacks room") != std::string::npos);
  CHECK(std::ranges::none_of(actions, [](auto const& one) { return one.what == action_kind::scale; }));
}
