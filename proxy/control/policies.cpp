#include "proxy/control/policies.hpp"

#include "proxy/config/text_rules.hpp"

#include <algorithm>

namespace pilotlight::control {
namespace {

/// Cron's own windows have a length of the entry's; days and hours bring theirs.
std::chrono::minutes length_of(schedule_settings const& one)
{
  auto const named = one.when.find(':') != std::string::npos;
  return named ? std::chrono::minutes(0) : std::chrono::ceil<std::chrono::minutes>(one.duration);
}

} // namespace

result<std::vector<decide::schedule>> schedules_of(std::span<schedule_settings const> schedules, std::string_view model)
{
  auto found = std::vector<decide::schedule>();
  for (auto const& one : schedules) {
    if (!one.model.empty() && one.model != model) continue;
    auto const offset = config::parse_utc_offset(one.utc_offset);
    if (!offset) return failure{fault::bad_request, "autoscaling.schedules.utc_offset: '" + one.utc_offset + "'"};
    auto parsed =
        decide::parse_schedule("autoscaling.schedules.when", one.when, length_of(one), *offset, one.min_instances);
    if (!parsed) return parsed.error();
    found.push_back(std::move(*parsed));
  }
  return found;
}

decide::model_policy policy_of(std::string_view model, model_limits const& limits, settings const& config, int threads)
{
  auto policy = decide::model_policy();
  policy.autoscaling = limits.autoscaling;
  policy.zero_scaling = limits.zero_scaling;
  policy.dry_run = limits.dry_run;
  policy.min_instances = limits.min_instances;
  policy.max_instances = limits.max_instances;
  policy.warm_floor = limits.rest_at;
  policy.priority = limits.priority;
  if (auto schedules = schedules_of(config.schedules, model)) policy.schedules = std::move(*schedules);
  policy.worker_hours = limits.worker_hours_per_month;
  policy.refuse_over_budget = limits.refuse_over_budget;
  policy.thresholds.cpu_scale_up = limits.cpu_scale_up;
  policy.thresholds.cpu_scale_down = limits.cpu_scale_down;
  policy.thresholds.memory_scale_up = limits.memory_scale_up;
  policy.thresholds.response_time_max = limits.response_time_max;
  policy.thresholds.queue_length_max = static_cast<std::uint32_t>(limits.queue_length_max);
  policy.target_concurrency = limits.target_concurrency;
  policy.target_utilisation = limits.utilization_target;
  policy.parallel = std::max(1, limits.max_batch_size);
  policy.threads = std::max(1, threads);
  policy.stable_window = limits.stable_window;
  policy.panic_window = limits.panic_window;
  policy.stabilisation = limits.stabilization;
  policy.up_cooldown = limits.scale_up_cooldown;
  policy.down_cooldown = limits.scale_down_cooldown;
  policy.scale_to_zero_delay = limits.scale_to_zero_delay;
  return policy;
}

decide::node_policy node_policy_of(settings const& config)
{
  return {config.worker.parallel_starts, static_cast<int>(config.max_loaded_models)};
}

predict::predictor_settings predictor_settings_of(model_limits const& limits)
{
  auto settings = predict::predictor_settings();
  settings.delay = limits.scale_to_zero_delay;
  settings.keep_alive_min = limits.keep_alive_min;
  settings.keep_alive_max = limits.keep_alive_max;
  settings.latency_target = limits.latency_target;
  return settings;
}

} // namespace pilotlight::control
