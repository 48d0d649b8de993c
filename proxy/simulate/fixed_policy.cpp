#include "proxy/simulate/fixed_policy.hpp"
#include "proxy/decide/queue_rule.hpp"

#include <algorithm>

namespace pilotlight::simulate {

using decide::action;
using decide::action_kind;
using decide::rung;

bool fixed_policy::is_over(decide::model_facts const& facts) const
{
  return facts.at != rung::zero && facts.waiting == 0 && facts.in_flight == 0 &&
         facts.idle >= rules_[facts.model].delay;
}

std::vector<action> fixed_policy::tick(std::vector<decide::model_facts>& facts, decide::node_facts const&,
                                       decide::instant)
{
  auto actions = std::vector<action>();
  for (auto const& model : facts)
    if (is_over(model))
      actions.push_back({.model = model.model,
                         .what = action_kind::rest,
                         .to = rung::zero,
                         .weights = {},
                         .reason = "idle for scale_to_zero_delay"});
  return actions;
}

std::vector<action> fixed_policy::queue_grew(decide::model_facts const& facts, decide::node_facts const&,
                                             decide::instant)
{
  auto const queue = decide::queue_facts{facts.waiting, facts.ready, facts.starting};
  auto const& rule = rules_[facts.model];
  auto const decided = decide::scale_by_queue(queue, rule.queue_length_max, rule.max_instances);
  if (decided.add == 0) return {};
  auto actions = std::vector<action>();
  actions.push_back({.model = facts.model,
                     .what = action_kind::scale,
                     .instances = facts.ready + decided.add,
                     .weights = {},
                     .reason = std::string(decided.reason)});
  return actions;
}

decide::instant fixed_policy::wake(std::vector<decide::model_facts> const& facts, decide::instant now) const
{
  auto next = decide::instant::max();
  for (auto const& model : facts)
    if (auto const delay = rules_[model.model].delay; model.at != rung::zero && model.idle < delay)
      next = std::min(next, now - model.idle + delay);
  return next;
}

} // namespace pilotlight::simulate
