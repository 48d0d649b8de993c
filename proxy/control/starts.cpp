// Who starts at all: by a request, with the threads that it gets, and ahead of anybody.
#include "proxy/config/policy_of.hpp"
#include "proxy/control/loop.hpp"

#include <algorithm>

namespace pilotlight::control {

int loop::threads_for(pool::model const& which)
{
  return cores_.threads_for(models_, which);
}

std::string loop::refuses_start(pool::model const& which)
{
  if (!autoscaler_.over_budget(which.index(), models_.wall().now())) return {};
  return "model '" + which.spec().name +
         "' has used its worker-hours of this month "
         "(autoscaling.budget.worker_hours_per_month)";
}

decide::room_plan loop::plan_starts(std::span<pool::model* const> loaded, std::span<pool::model* const> waiting)
{
  take_up();
  auto const now = clock::now();
  auto const at = models_.wall().at(now);
  auto facts = std::vector<decide::model_facts>();
  auto const facts_of_start = [&](pool::model& one) -> decide::model_facts& {
    auto& its = facts.emplace_back(quick_facts_of(one, now));
    its.costs = costs_of(one, usage_, usage_.of(zygote_.pid()).pss);
    if (one.spec().toml.limits.predictive) predict(one, its, now);
    return its;
  };
  auto holdings = std::vector<decide::holding>();
  for (auto* each : loaded) {
    auto& its = holdings.emplace_back(autoscaler_.held_by(facts_of_start(*each), at));
    its.loaded = true;
    its.leaving = its.leaving || each->state() == decide::model_state::scaling_down;
    its.idle = its.idle && !its.leaving;
  }
  auto here = node();
  // With nobody there the figures are old, and nobody could make room: it starts, if it fits what is configured.
  if (loaded.empty()) {
    here.memory = config_.resources.memory;
    here.memory_available = config_.resources.memory;
  }
  auto starts = std::vector<decide::waiting_start>();
  for (auto* each : waiting)
    starts.push_back({autoscaler_.first_of(facts_of_start(*each), here, at), each->waiting(), each->waiting_since()});
  auto plan = decide::plan_room(holdings, starts, here, config::policy_of(config_));
  auto actions = std::vector<decide::action>();
  for (auto const& [victim, in_favour_of] : plan.evict) {
    auto& one = actions.emplace_back();
    one.model = victim;
    one.what = decide::action_kind::evict;
    one.reason = "model '" + by_index_[in_favour_of]->spec().name + "' is asked for and needs its place";
  }
  tell(actions, facts, at);
  actions.clear();
  for (auto const& [loser, in_favour_of] : plan.drain) {
    auto& one = actions.emplace_back();
    one.model = loser;
    one.what = decide::action_kind::scale;
    one.instances = std::ranges::find(facts, loser, &decide::model_facts::model)->ready - 1;
    one.reason = "model '" + by_index_[in_favour_of]->spec().name + "' is asked for and needs its place";
  }
  for (auto const& each : plan.refused) {
    if (each.coming) continue;
    auto& one = actions.emplace_back();
    one.model = each.model;
    one.what = decide::action_kind::refuse;
    one.reason = each.lacking;
  }
  autoscaler_.planned(plan, at);
  carry_out(actions, facts, at);
  return plan;
}

/// Once, each time that the key turns true.
void loop::preload_if_wanted()
{
  if (!std::exchange(preloaded_, config_.preload_popular) && preloaded_) preload();
}

/// The models that were asked for most, as far as the history knows, before anybody asks again; but those that are to
/// be left alone, or may not even be started by a request.
void loop::preload()
{
  auto asked = std::vector<std::pair<std::uint64_t, pool::model*>>();
  auto const now = models_.wall().now();
  for (auto* each : by_index_) {
    auto const& limits = each->spec().toml.limits;
    auto const refused = !each->why_not_started().empty();
    auto const sequenced = each->spec().toml.state == state_mode::sequence; // nothing of it starts without a sequence
    if (!limits.autoscaling || limits.dry_run || refused || sequenced || !each->counted()) continue;
    if (auto const answered = each->counted()->savings().since_start(now).answered; answered > 0)
      asked.emplace_back(answered, each);
  }
  std::stable_sort(asked.begin(), asked.end(),
                   [](auto const& one, auto const& other) { return one.first > other.first; });
  for (std::size_t i = 0; i < std::min(asked.size(), config_.max_loaded_models); ++i) {
    asked[i].second->preload("started ahead, preload_popular_models: " + std::to_string(asked[i].first) +
                             " requests so far");
  }
}

} // namespace pilotlight::control
