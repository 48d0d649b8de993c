#include "proxy/decide/autoscaler.hpp"

#include "proxy/decide/bounds.hpp"
#include "proxy/decide/figures.hpp"
#include "proxy/decide/holdings.hpp"
#include "proxy/decide/rest_rule.hpp"
#include "proxy/decide/sizing.hpp"
#include "proxy/decide/weights.hpp"
#include "proxy/decide/wish.hpp"

#include <algorithm>
#include <utility>

namespace pilotlight::decide {

namespace {

/// An instance went a moment ago, and not in this very tick.
bool is_doubtful(scaling_memory const& memory, model_policy const& policy, instant now)
{
  return now > memory.down_at && now - memory.down_at <= policy.stabilisation + policy.down_cooldown;
}

} // namespace

autoscaler::autoscaler(std::vector<model_policy> policies, node_policy node)
{
  configure(std::move(policies), node);
}

void autoscaler::configure(std::vector<model_policy> policies, node_policy node)
{
  for (std::size_t i = 0; i < policies.size(); ++i) {
    bool const known = i < memory_.size();
    if (!known) memory_.emplace_back(policies[i]);
    bool const windows_differ = known && (policies[i].stable_window != policies_[i].stable_window ||
                                          policies[i].stabilisation != policies_[i].stabilisation);
    if (!windows_differ) continue;
    auto const hours = memory_[i].hours;
    memory_[i] = scaling_memory(policies[i]);
    memory_[i].hours = hours;
  }
  policies_ = std::move(policies);
  node_ = node;
  memory_.resize(policies_.size(), scaling_memory(model_policy{}));
  holdings_.resize(policies_.size());
}

std::vector<action> autoscaler::tick(std::span<model_facts const> models, node_facts const& node, instant now)
{
  std::vector<action> actions;
  std::vector<wish> wishes;
  for (auto const& facts : models) {
    if (facts.model >= memory_.size()) continue;
    auto const& policy = policies_[facts.model];
    auto& memory = memory_[facts.model];
    auto const within = bounds_of(policy, memory.hours, facts.forecast_floor, now);
    memory.history.observe(facts, now);
    bool const doubt = is_doubtful(memory, policy, now);
    auto load = wanted(memory.history, facts, policy, now, doubt);
    if (int const more = surge(memory.history, memory.queue, facts, policy, now, doubt); more > load.up)
      load.up = more, load.by = signal::queue;
    note(memory, facts, policy, within, load, now);
    holdings_[facts.model] = hold(facts, policy, within);
    decide(facts, within, load, now, actions, wishes);
  }
  grant(std::move(wishes), node, actions, now, true);
  return actions;
}

std::vector<action> autoscaler::queue_grew(model_facts const& facts, node_facts const& node, instant now)
{
  std::vector<action> actions;
  if (facts.model >= memory_.size()) return actions;
  auto const& policy = policies_[facts.model];
  auto& memory = memory_[facts.model];
  auto const within = bounds_of(policy, memory.hours, facts.forecast_floor, now);
  bool const doubt = is_doubtful(memory, policy, now);
  demand load;
  load.up = std::max(surge(memory.history, memory.queue, facts, policy, now, doubt), facts.waiting > 0 ? 1 : 0);
  load.by = signal::queue;
  if (load.up <= facts.ready + facts.starting) return actions;
  memory.wishes.note(now, std::min(load.up, within.most));
  if (facts.ready > 0) memory.level = load_level::high;
  hold_again(facts, policy, within);
  std::vector<wish> wishes;
  decide(facts, within, load, now, actions, wishes);
  grant(std::move(wishes), node, actions, now, false);
  return actions;
}

/// CPU is measured by ticks: those that have come since the last one count with what they may use.
void autoscaler::hold_again(model_facts const& facts, model_policy const& policy, bounds const& within)
{
  auto& its = holdings_[facts.model];
  auto const before = std::exchange(its, hold(facts, policy, within));
  auto const more = static_cast<double>(std::max(0, its.instances - before.instances));
  its.cores = std::max(its.cores, before.cores + more * threads_of_further(facts, policy));
}

void autoscaler::decide(model_facts const& facts, bounds const& within, demand const& load, instant now,
                        std::vector<action>& actions, std::vector<wish>& wishes)
{
  auto const& policy = policies_[facts.model];
  auto& memory = memory_[facts.model];
  auto const say = [&](action_kind what, std::string reason) -> action& {
    auto& one = actions.emplace_back();
    one.model = facts.model;
    one.what = what;
    one.dry_run = policy.dry_run;
    one.reason = std::move(reason);
    return one;
  };
  bool const called = facts.waiting + facts.in_flight > 0;
  if (called && facts.ready + facts.starting == 0 && !within.may_start) {
    say(action_kind::refuse, "the month's worker_hours are used up");
    return;
  }
  if (!policy.autoscaling) { // only what the requests themselves need
    if (called && facts.ready + facts.starting == 0)
      wishes.push_back({&facts, 1, rung::instance, false, that_wait(facts.waiting) + " and no instance is there"});
    return;
  }
  if (facts.cannot_start) return;
  if (auto const cooler = resting(facts, policy, within)) {
    if (cooler->to < facts.at) {
      say(action_kind::rest, cooler->reason).to = cooler->to;
    } else {
      int const instances = cooler->to == rung::instance ? std::max(1, within.floor) : 0;
      auto& one = wishes.emplace_back(wish{&facts, instances, cooler->to, false, cooler->reason});
      if (cooler->to > within.kept) one.value = worth(facts, facts.at);
    }
    return;
  }
  if (policy.sequenced) return; // one for each sequence, by itself
  if (auto const other = step(memory, facts, policy, within, load, now)) {
    if (other->to > facts.ready + facts.starting) {
      auto& one = wishes.emplace_back(wish{&facts, other->to, rung::instance, other->urgent, other->reason});
      bool const foreseen = load.by == signal::forecast && !facts.emergency;
      if (!called && foreseen && other->to > within.floor) one.value = worth(facts, facts.at);
    } else {
      say(action_kind::scale, other->reason).instances = other->to;
    }
  }
  // Also where load is high: above all where there is no room for one more.
  if (policy.reweighs && memory.level >= load_level::normal && facts.instances.size() > 1) {
    auto weights = measured_weights(facts);
    auto const found = differs(memory.weights, weights);
    // What was measured is noisy: shares follow it no oftener than bursts are told from noise.
    if (found == difference::others || memory.weighed_at == now ||
        (found == difference::shares && now - memory.weighed_at >= policy.panic_window)) {
      memory.weights = weights;
      memory.weighed_at = now;
      say(action_kind::reweigh, "measured service times have changed").weights = std::move(weights);
    }
  }
}

void autoscaler::asked(model_index model, int instances, instant now)
{
  if (model < memory_.size()) memory_[model].wishes.note(now, instances);
}

load_level autoscaler::level(model_index model) const
{
  return model < memory_.size() ? memory_[model].level : load_level::none;
}

bool autoscaler::panicking(model_index model, instant now) const
{
  return model < memory_.size() && now < memory_[model].panic_until;
}

holding autoscaler::held_by(model_facts const& facts, instant now) const
{
  if (facts.model >= memory_.size()) return {};
  auto const& policy = policies_[facts.model];
  return hold(facts, policy, bounds_of(policy, memory_[facts.model].hours, facts.forecast_floor, now));
}

place_wanted autoscaler::first_of(model_facts const& facts, node_facts const& node, instant now) const
{
  auto const known = facts.model < policies_.size();
  return {.model = facts.model,
          .priority = known ? policies_[facts.model].priority : 0,
          .first = true,
          .first_bytes = bytes_to(facts, rung::instance, node),
          .presses = claims_.may_press(facts.model, now)};
}

void autoscaler::planned(room_plan const& plan, instant now)
{
  auto const known = [&](model_index model) { return model < policies_.size(); };
  for (auto const model : plan.start)
    if (known(model)) claims_.note(model, false, false, duration(0), now);
  for (auto const& one : plan.refused)
    if (known(one.model)) {
      bool const drained = std::ranges::find(plan.drain, one.model, &eviction::in_favour_of) != plan.drain.end();
      bool const lacks = std::ranges::find(plan.lack_memory, one.model) != plan.lack_memory.end();
      claims_.note(one.model, drained, lacks, policies_[one.model].stabilisation, now);
    }
}

bool autoscaler::over_budget(model_index model, instant now) const
{
  return model < memory_.size() && memory_[model].hours.state(now, policies_[model].worker_hours) == budget_state::over;
}

double autoscaler::used_worker_hours(model_index model, instant now) const
{
  return model < memory_.size() ? memory_[model].hours.used(now) : 0;
}

std::string autoscaler::save_worker_hours(model_index model) const
{
  return model < memory_.size() ? memory_[model].hours.save() : std::string();
}

void autoscaler::restore_worker_hours(model_index model, std::string_view saved, instant now)
{
  if (model < memory_.size()) memory_[model].hours.restore(now, saved);
}

} // namespace pilotlight::decide
