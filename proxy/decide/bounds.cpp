#include "proxy/decide/bounds.hpp"

#include <algorithm>

namespace pilotlight::decide {

bounds bounds_of(model_policy const& policy, worker_hours const& hours, rung forecast_floor, instant now)
{
  bounds found;
  found.budget = hours.state(now, policy.worker_hours);
  found.most = found.budget == budget_state::over ? 1 : policy.max_instances;
  found.may_start = found.budget != budget_state::over || !policy.refuse_over_budget;
  if (found.budget != budget_state::within) return found;

  if (policy.sequenced) {
    found.kept = std::min(policy.warm_floor, rung::model_zygote);
    found.rest = std::max(found.kept, std::min(forecast_floor, rung::model_zygote));
    return found;
  }
  found.floor = std::max(policy.min_instances, policy.warm_floor == rung::instance ? 1 : 0);
  for (auto const& window : policy.schedules) {
    if (window.instances <= found.floor || !is_open(window, now)) continue;
    found.floor = window.instances;
    found.window = &window;
  }
  found.floor = std::min(found.floor, policy.max_instances);
  found.kept = found.floor > 0 ? rung::instance : policy.warm_floor;
  found.rest = std::max(found.kept, forecast_floor);
  return found;
}

} // namespace pilotlight::decide
