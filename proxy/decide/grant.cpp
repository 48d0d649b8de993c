// Who gets what was wanted in one tick, in whose turn, and who gives way for it?
#include "proxy/decide/autoscaler.hpp"
#include "proxy/decide/figures.hpp"
#include "proxy/decide/holdings.hpp"
#include "proxy/decide/wish.hpp"

#include <algorithm>
#include <tuple>

namespace pilotlight::decide {

void autoscaler::grant(std::vector<wish> wishes, node_facts const& node, std::vector<action>& actions, instant now,
                       bool ticks)
{
  for (auto const& one : actions) {
    if (one.dry_run || (one.what != action_kind::scale && one.what != action_kind::rest)) continue;
    auto& its = holdings_[one.model]; // it goes down by itself
    if (one.what == action_kind::scale) its.draining += std::max(0, its.instances - its.draining - one.instances);
    its.surplus = 0;
  }
  // Urgent ones, then first instances, then priority, then popularity; what is only expected by what it is worth, so
  // that who went for another one does not come back before it.
  std::ranges::stable_sort(wishes, [&](wish const& a, wish const& b) {
    auto const turn = [&](wish const& one) {
      bool const first = one.facts->ready + one.facts->starting == 0 && one.facts->waiting > 0;
      return std::tuple(!one.urgent, !first, -policies_[one.facts->model].priority,
                        -static_cast<std::int64_t>(one.facts->waiting), -one.facts->oldest_wait.count(), -one.value);
    };
    return turn(a) < turn(b);
  });
  capacity room(node, node_, holdings_);
  std::vector<action> starts;
  std::vector<model_index> drained;
  for (auto& one : wishes) {
    auto const& facts = *one.facts;
    auto const& policy = policies_[facts.model];
    int const there = facts.ready + facts.starting;
    bool const warms = one.to == 0;
    place_wanted const wanted{
        .model = facts.model,
        .priority = policy.priority,
        .first = there == 0 && facts.waiting > 0,
        .loaded = holdings_[facts.model].loaded || one.warm == rung::zygote,
        .starting = facts.starting > 0 || one.warm == rung::zygote,
        .instances = warms ? 1 : one.to - there,
        .first_bytes = there == 0 ? bytes_to(facts, one.warm, node) : bytes_of_further(facts),
        .further_bytes = bytes_of_further(facts),
        .threads = warms ? 0.0 : threads_of_further(facts, policy),
        .shares = policy.shares_threads,
        .memory_limit = policy.thresholds.memory_scale_up,
        .presses = ticks && one.value == std::numeric_limits<double>::infinity() && claims_.may_press(facts.model, now),
        .value = one.value,
    };
    auto const refuse = [&](std::string const& why) {
      auto& refused = starts.emplace_back();
      refused.model = facts.model;
      refused.dry_run = policy.dry_run;
      refused.urgent = one.urgent;
      auto const what = warms ? std::string(to_string(one.warm)) : in_instances(one.to);
      refused.reason = what + " wanted (" + one.reason + "): " + why;
    };
    bool const gave = std::ranges::find(drained, facts.model) != drained.end();
    auto const* const other = gave || wanted.first ? nullptr : claims_.ahead_of(policy.priority, policies_, now);
    if (gave || other) {
      refuse(gave ? "it has just given one up" : "model '" + other->name + "' is more important, and lacks room");
      continue;
    }
    capacity dry = room; // what is not executed takes no room from others
    auto const given = (policy.dry_run ? dry : room).place(wanted);
    for (auto const victim : given.evict) {
      auto& leaves = actions.emplace_back();
      leaves.model = victim;
      leaves.what = action_kind::evict;
      leaves.dry_run = policy.dry_run;
      leaves.reason = "model '" + policy.name + "' needs its place";
    }
    if (given.drain) {
      auto& gives = actions.emplace_back();
      gives.model = *given.drain;
      gives.what = action_kind::scale;
      gives.instances = holdings_[*given.drain].instances - 1;
      gives.dry_run = policy.dry_run;
      gives.reason = "model '" + policy.name + "' needs its place";
      if (!policy.dry_run) drained.push_back(*given.drain);
    }
    if (!policy.dry_run)
      claims_.note(facts.model, given.drain.has_value(), !given.lacking.empty(), policy.stabilisation, now);
    action start;
    start.model = facts.model;
    start.dry_run = policy.dry_run;
    start.urgent = one.urgent;
    start.reason = one.reason;
    if (given.instances > 0 && warms)
      start.what = action_kind::rest, start.to = one.warm;
    else if (given.instances > 0)
      start.what = action_kind::scale, start.instances = there + given.instances;
    if (given.instances > 0) starts.push_back(start);
    if (given.instances > 0 && !policy.dry_run) { // until the next tick measures it
      auto& its = holdings_[facts.model];
      its.instances += warms ? 0 : given.instances;
      its.cores += given.instances * wanted.threads;
      its.coming += wanted.first_bytes + static_cast<std::uint64_t>(given.instances - 1) * wanted.further_bytes;
      its.loaded = its.loaded || wanted.loaded || !warms || one.warm > rung::zygote;
    }
    // Whose turn under parallel_starts has not come yet is not refused, unless somebody waits for it.
    bool const called = facts.waiting + facts.in_flight > 0;
    if (!given.lacking.empty() && (called || !given.waits_turn)) refuse(given.lacking);
  }
  std::ranges::move(starts, std::back_inserter(actions));
}

} // namespace pilotlight::decide
