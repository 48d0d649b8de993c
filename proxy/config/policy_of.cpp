#include "proxy/config/policy_of.hpp"
#include "proxy/config/text_rules.hpp"

#include <algorithm>

namespace pilotlight::config {
namespace {

decide::thresholds thresholds_of(model_limits const& limits)
{
  auto made = decide::thresholds();
  made.cpu_scale_up = limits.cpu_scale_up;
  made.cpu_scale_down = limits.cpu_scale_down;
  made.memory_scale_up = limits.memory_scale_up;
  made.response_time_max = limits.response_time_max;
  made.queue_length_max = static_cast<std::uint32_t>(limits.queue_length_max);
  return made;
}

} // namespace

bool is_cron(std::string_view when)
{
  return std::ranges::count(when, ' ') == 4;
}

result<decide::schedule> schedule_of(schedule_settings const& one)
{
  auto const length =
      is_cron(one.when) ? std::chrono::floor<std::chrono::minutes>(one.duration) : std::chrono::minutes(0);
  auto const offset = parse_utc_offset(one.utc_offset).value_or(std::chrono::minutes(0));
  return decide::parse_schedule("'autoscaling.schedules.when'", one.when, length, offset, one.min_instances);
}

decide::model_policy policy_of(model_limits const& limits, std::span<schedule_settings const> schedules,
                               std::string_view name)
{
  auto made = decide::model_policy();
  made.name = name;
  made.autoscaling = limits.autoscaling;
  made.zero_scaling = limits.zero_scaling;
  made.dry_run = limits.dry_run;
  made.min_instances = limits.min_instances;
  made.max_instances = limits.max_instances;
  made.warm_floor = limits.rest_at;
  made.priority = limits.priority;
  made.worker_hours = limits.worker_hours_per_month;
  made.refuse_over_budget = limits.refuse_over_budget;
  made.thresholds = thresholds_of(limits);
  made.target_concurrency = limits.target_concurrency;
  made.target_utilisation = limits.utilization_target;
  made.parallel = limits.max_batch_size;
  made.threads = std::max(limits.threads, 1);
  made.reweighs = limits.load_balancing_strategy == "weighted" && limits.weights.empty();
  made.shares_threads = limits.threads == 0;
  made.stable_window = limits.stable_window;
  made.panic_window = limits.panic_window;
  made.panic_threshold = limits.panic_threshold;
  made.stabilisation = limits.stabilization;
  made.up_cooldown = limits.scale_up_cooldown;
  made.down_cooldown = limits.scale_down_cooldown;
  made.scale_to_zero_delay = limits.scale_to_zero_delay;
  for (auto const& one : schedules) {
    if (!one.model.empty() && one.model != name) continue;
    auto window = schedule_of(one);
    if (!window) continue;
    window->instances = std::min(window->instances, limits.max_instances);
    made.schedules.push_back(std::move(*window));
  }
  return made;
}

decide::node_policy policy_of(settings const& node)
{
  return {node.worker.parallel_starts, static_cast<int>(node.max_loaded_models)};
}

health::policy policy_of(health_settings const& given)
{
  auto how = health::policy();
  how.enabled = given.enabled;
  how.intervals = {given.basic_check_interval, given.detailed_check_interval, given.performance_check_interval,
                   given.functional_check_interval};
  how.failure_threshold = given.failure_threshold;
  how.recovery_threshold = given.recovery_threshold;
  return how;
}

predict::predictor_settings predictor_of(model_limits const& limits)
{
  auto made = predict::predictor_settings();
  made.delay = limits.scale_to_zero_delay;
  made.keep_alive_min = limits.keep_alive_min;
  made.keep_alive_max = limits.keep_alive_max;
  made.latency_target = limits.latency_target;
  made.goal = limits.prediction_goal;
  return made;
}

} // namespace pilotlight::config
