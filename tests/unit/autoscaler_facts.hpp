// Facts for tests of the autoscaler: a model that serves, one that rests, a node with room.
#pragma once
#include "tests/unit/autoscaler_fixture.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pilotlight::testing {

using namespace std::chrono_literals;

inline model_facts serving(int ready, double rate, duration service = 50ms)
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

inline model_facts at_rest(rung at, duration idle)
{
  model_facts facts;
  facts.at = at;
  facts.idle = idle;
  facts.ready = at == rung::instance ? 1 : 0;
  return facts;
}

inline node_facts roomy()
{
  node_facts node;
  node.cores = 64;
  return node;
}

inline action const* first_of(std::vector<action> const& actions, action_kind kind)
{
  auto const found = std::ranges::find(actions, kind, &action::what);
  return found == actions.end() ? nullptr : &*found;
}

inline std::vector<action> tick_one(autoscaler& scaler, model_facts const& facts, double now)
{
  return scaler.tick(std::span(&facts, 1), roomy(), clock_at(now));
}

} // namespace pilotlight::testing
