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

reactive_policy::reactive_policy(decide::model_policy const& rule, std::size_t models)
    : rule_(rule), autoscaler_(std::vector<decide::model_policy>(models, rule), ample(models))
{
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

decide::instant reactive_policy::wake(std::vector<decide::model_facts> const& facts, decide::instant now) const
{
  auto next = rule_.schedules.empty() ? decide::instant::max() : now + std::chrono::minutes(1);
  for (auto const& model : facts) {
    if (model.at <= rule_.warm_floor || !rule_.zero_scaling) continue;
    auto const delay = model.learned_delay >= decide::duration(0) ? model.learned_delay : rule_.scale_to_zero_delay;
    auto const over = now - model.idle + delay;
    // Later than its delay, it stays for another reason; that can change only slowly.
    next = std::min(next, over > now ? over : now + std::chrono::minutes(1));
  }
  return next;
}

} // namespace pilotlight::simulate
