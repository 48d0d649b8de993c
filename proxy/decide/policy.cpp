#include "proxy/decide/policy.hpp"

namespace pilotlight::decide {

namespace {

struct rule
{
  bool holds;
  std::string_view sentence;
};

template <class Rules>
result<void> first_broken(Rules const& rules)
{
  for (auto const& one : rules)
    if (!one.holds) return failure{fault::bad_request, std::string(one.sentence), {}};
  return {};
}

} // namespace

result<void> check(model_policy const& policy)
{
  using std::chrono::microseconds;
  auto const& limits = policy.thresholds;
  rule const rules[] = {
      {policy.max_instances >= 1, "max_instances must be 1 or more"},
      {policy.min_instances >= 0, "min_instances must be 0 or more"},
      {policy.min_instances <= policy.max_instances, "min_instances must not be above max_instances"},
      {policy.worker_hours >= 0, "worker_hours must be 0 (no budget) or more"},
      {limits.cpu_scale_up > 0 && limits.cpu_scale_up < 100, "cpu_scale_up must be above 0 and below 100 percent"},
      {limits.cpu_scale_down > 0, "cpu_scale_down must be above 0 percent"},
      {limits.cpu_scale_down < limits.cpu_scale_up, "cpu_scale_down must be below cpu_scale_up"},
      {limits.memory_scale_up > 0 && limits.memory_scale_up <= 100,
       "memory_scale_up must be above 0 and at most 100 percent"},
      {limits.response_time_max > microseconds::zero(), "response_time_max must be above 0 seconds"},
      {limits.queue_length_max >= 1, "queue_length_max must be 1 or more"},
      {policy.target_concurrency >= 0, "target_concurrency must be 0 (derived) or more"},
      {policy.target_utilisation > 0 && policy.target_utilisation < 1,
       "target_utilisation must be above 0 and below 1"},
      {policy.parallel >= 1, "max_batch_size must be 1 or more"},
      {policy.threads >= 1, "threads must be 1 or more"},
      {policy.panic_window > microseconds::zero(), "panic_window must be above 0 seconds"},
      {policy.panic_window <= policy.stable_window, "panic_window must not be longer than stable_window"},
      {policy.panic_threshold >= 1, "panic_threshold must be 1 or more"},
      {policy.stabilisation >= microseconds::zero(), "stabilisation_window must be 0 seconds or more"},
      {policy.up_cooldown >= microseconds::zero(), "scale_up_cooldown must be 0 seconds or more"},
      {policy.down_cooldown >= microseconds::zero(), "scale_down_cooldown must be 0 seconds or more"},
      {policy.scale_to_zero_delay >= microseconds::zero(), "scale_to_zero_delay must be 0 seconds or more"},
  };
  if (auto good = first_broken(rules); !good) return good;
  for (auto const& window : policy.schedules)
    if (window.instances > policy.max_instances)
      return failure{
          fault::bad_request, "the schedule \"" + window.text + "\" must not ask for more than max_instances", {}};
  return {};
}

result<void> check(node_policy const& policy)
{
  rule const rules[] = {
      {policy.parallel_starts >= 1, "parallel_starts must be 1 or more"},
      {policy.max_loaded >= 1, "max_loaded_models must be 1 or more"},
  };
  return first_broken(rules);
}

} // namespace pilotlight::decide
