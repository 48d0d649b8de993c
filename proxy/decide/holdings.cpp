#include "proxy/decide/holdings.hpp"

#include "proxy/decide/rest_rule.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

std::uint64_t of(start_costs const& costs, rung at)
{
  return costs.bytes[static_cast<std::size_t>(at)];
}

/// Without the shared zygote, which is nobody's own.
std::uint64_t own(start_costs const& costs, rung at)
{
  return at <= rung::zygote ? 0 : of(costs, at);
}

/// Of a call within a minute. Without a forecast: the longer it was idle, the less; least for one at zero that was not
/// called yet, or it would take the place of others for ever.
double chance(model_facts const& facts)
{
  double const idle = std::chrono::duration<double>(facts.idle).count();
  bool const uncalled = facts.at <= rung::zygote && facts.idle <= duration::zero() && is_silent(facts);
  double const plain = facts.forecast_rate >= 0 ? 1 - std::exp(-facts.forecast_rate * 60)
                       : uncalled               ? 0
                                                : 60 / (60 + std::max(0.0, idle));
  return facts.forecast_floor > rung::zygote ? (1 + plain) / 2 : plain;
}

} // namespace

std::uint64_t bytes_of_further(model_facts const& facts)
{
  auto const instance = of(facts.costs, rung::instance);
  auto const below = own(facts.costs, rung::model_zygote);
  return instance > below ? instance - below : 0;
}

double threads_of_further(model_facts const& facts, model_policy const& policy)
{
  return facts.next_threads > 0 ? facts.next_threads : policy.threads;
}

std::uint64_t bytes_to(model_facts const& facts, rung to, node_facts const& node)
{
  std::uint64_t const zygote = node.zygote_bytes == 0 && to > rung::zero ? of(facts.costs, rung::zygote) : 0;
  auto const from = own(facts.costs, facts.at);
  auto const goal = own(facts.costs, to);
  return zygote + (goal > from ? goal - from : 0);
}

double worth(model_facts const& facts, rung from)
{
  return std::chrono::duration<double>(facts.costs.to_answer[static_cast<std::size_t>(from)]).count() * chance(facts);
}

holding hold(model_facts const& facts, model_policy const& policy, bounds const& within)
{
  holding found;
  int const processes = facts.ready + facts.starting + facts.draining;
  found.model = facts.model;
  found.loaded = processes > 0 || facts.at > rung::zygote;
  bool const in_sequence = policy.sequenced && processes > 0; // between two requests of it
  found.idle = is_silent(facts) && !in_sequence && policy.zero_scaling && policy.autoscaling && !policy.dry_run;
  found.instances = processes;
  found.pinned = facts.at <= within.kept;
  bool const moves = facts.starting > 0 || facts.draining > 0;
  if (policy.autoscaling && !policy.dry_run && !policy.sequenced && !moves)
    found.surplus = std::max(0, facts.ready - std::max(1, within.floor));
  if (facts.ready + facts.starting > 0) found.draining = facts.draining;
  found.threads = facts.threads > 0 ? facts.threads : threads_of_further(facts, policy);
  found.further_bytes = bytes_of_further(facts);
  found.leaving = facts.draining > 0 && facts.ready + facts.starting == 0 && facts.at <= rung::zygote;
  found.starting = facts.starting > 0;
  found.priority = policy.priority;
  found.value = worth(facts, rung::zero);
  int const further = std::max(0, facts.ready + facts.draining - 1);
  found.bytes = (facts.ready + facts.draining > 0 ? of(facts.costs, rung::instance) : own(facts.costs, facts.at)) +
                static_cast<std::uint64_t>(further) * bytes_of_further(facts);
  if (facts.starting > 0) {
    int const others = facts.ready > 0 ? facts.starting : facts.starting - 1;
    found.coming = static_cast<std::uint64_t>(others) * bytes_of_further(facts);
    if (facts.ready == 0)
      found.coming +=
          of(facts.costs, rung::instance) - std::min(of(facts.costs, rung::instance), own(facts.costs, facts.at));
  }
  found.cores =
      facts.cores + static_cast<double>(facts.starting + facts.unmeasured) * threads_of_further(facts, policy);
  return found;
}

} // namespace pilotlight::decide
