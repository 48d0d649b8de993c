#include "proxy/simulate/reactive_policy.hpp"

#include <algorithm>

namespace pilotlight::simulate {
namespace {

/// The node of the simulation is ample: nothing makes room for something else.
decide::node_policy ample(std::size_t models)
{
  return {.parallel_starts = 1'000'000, .max_loaded = static_cast<int>(models) + 1};
}

} // namespace

reactive_policy::reactive_policy(std::vector<decide::model_policy> rules)
    : rules_(std::move(rules)), autoscaler_(rules_, ample(rules_.size()))
{
}

bool reactive_policy::has_schedules() const
{
  return std::any_of(rules_.begin(), rules_.end(), [](auto const& each) { return !each.schedules.empty(); });
}

std::vector<decide::action> reactive_policy::tick(std::vector<decide::model_facts>& facts,
                                                  decide::node_facts const& node, decide::instant now)
{
  return autoscaler_.tick(facts, node, now);
}

std::vector<decide::action> reactive_policy::queue_grew(decide::model_facts const& facts,
                                                        decide::node_facts const& node, decide::instant now)
{
  return autoscaler_.queue_grew(facts, node, now);
}

bool reactive_policy::refuses_start(decide::model_index model, decide::instant now) const
{
  return rules_[model].refuse_over_budget && autoscaler_.over_budget(model, now);
}

int reactive_policy::resting_instances(decide::model_index model) const
{
  return std::max(1, rules_[model].min_instances);
}

decide::rung reactive_policy::kept(decide::model_index model) const
{
  return rules_[model].min_instances > 0 ? decide::rung::instance : rules_[model].warm_floor;
}

decide::instant reactive_policy::wake(std::vector<decide::model_facts> const& facts, decide::instant now) const
{
  auto next = has_schedules() ? now + std::chrono::minutes(1) : decide::instant::max();
  for (auto const& model : facts) {
    auto const& rule = rules_[model.model];
    // Hours are charged by looking; what is not looked at for longer is taken for not running.
    if (rule.worker_hours > 0 && model.ready > 0) next = std::min(next, now + std::chrono::minutes(1));
    if (model.at <= kept(model.model) || !rule.zero_scaling) continue;
    auto const delay = model.learned_delay >= decide::duration(0) ? model.learned_delay : rule.scale_to_zero_delay;
    auto const over = now - model.idle + delay;
    // Later than its delay, it stays for another reason; that can change only slowly.
    next = std::min(next, over > now ? over : now + std::chrono::minutes(1));
  }
  return next;
}

} // namespace pilotlight::simulate
