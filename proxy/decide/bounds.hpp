// Between which counts and down to which rung may a model go now? Policy, calendar, budget and prediction in one place.
// Pure.
#pragma once
#include "proxy/decide/budget.hpp"
#include "proxy/decide/policy.hpp"

namespace pilotlight::decide {

struct bounds
{
  int floor = 0;                    ///< instances that are there whatever the load
  int most = 1;                     ///< instances at most
  rung kept = rung::zero;           ///< its policy keeps it there: nobody of its priority takes that place
  rung rest = rung::zero;           ///< it cools no further by itself: what is kept, or what prediction wants
  bool may_start = true;            ///< false: over a budget that refuses even first requests
  schedule const* window = nullptr; ///< the open window that set the floor
  budget_state budget = budget_state::within;
};

/// Over (or near) its budget a model has no floors; over it one instance is the most. An open window lifts the floor,
/// never above max_instances. Prediction's wish for a rung holds while the budget does not speak against it; it keeps
/// nothing from anybody. Where each sequence forks its own instance there is no floor of instances: what they are
/// forked from is the warmest that is kept.
bounds bounds_of(model_policy const& policy, worker_hours const& hours, rung forecast_floor, instant now);

} // namespace pilotlight::decide
