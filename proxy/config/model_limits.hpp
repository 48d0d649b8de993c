// What holds for one model: the settings' values, or what its model.toml says instead (same key names)? Plain data.
#pragma once
#include "proxy/decide/rung.hpp"
#include "proxy/predict/aim.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace pilotlight {

/// [autoscaling.health_monitoring]
struct health_settings
{
  bool enabled = true;
  std::chrono::milliseconds basic_check_interval{5'000};        ///< alive, heartbeat
  std::chrono::milliseconds detailed_check_interval{30'000};    ///< CPU, memory, threads, state
  std::chrono::milliseconds performance_check_interval{60'000}; ///< against the model's own baseline
  std::chrono::milliseconds functional_check_interval{300'000}; ///< canary
  int failure_threshold = 3;
  int recovery_threshold = 2;
  bool operator==(health_settings const&) const = default;
};

struct model_limits
{
  using milliseconds = std::chrono::milliseconds;
  using microseconds = std::chrono::microseconds;

  // [worker], [listen]
  milliseconds execution_timeout{60'000}; ///< worker.execution_timeout, seconds; 0: none
  milliseconds start_timeout{120'000};    ///< worker.start_timeout, seconds
  int threads = 0;                        ///< worker.threads; 0: from the cgroup quota / instances
  std::string device = "cpu";             ///< worker.device: "cpu" or "cuda:N"
  milliseconds request_timeout{60'000};   ///< listen.request_timeout, seconds

  // [autoscaling]
  bool autoscaling = true; ///< autoscaling.enabled; off: instances change only by hand
  bool dry_run = false;    ///< decides and logs, executes nothing

  // [autoscaling.zero_scaling]
  bool zero_scaling = true;                  ///< enabled
  milliseconds scale_to_zero_delay{300'000}; ///< seconds
  bool predictive = false;                   ///< enable_predictive_scaling
  milliseconds keep_alive_min{10'000};       ///< bounds of a learned delay, seconds
  milliseconds keep_alive_max{3'600'000};
  microseconds latency_target{100'000}; ///< a first request that waits longer counts as cold, seconds
  predict::aim prediction_goal = predict::aim::balanced;
  decide::rung rest_at = decide::rung::zero; ///< warm floor: it never cools below

  // [autoscaling.model_loader]
  int min_instances = 0; ///< always there
  int max_instances = 3; ///< max_instances_per_model
  int priority = 0;      ///< where memory or CPU is short, the higher one is served first; -100 to 100
  std::string load_balancing_strategy = "least_connections";
  bool warmup = true; ///< model_warmup_enabled

  // [autoscaling.thresholds]
  double cpu_scale_up = 70; ///< percent
  double cpu_scale_down = 30;
  double memory_scale_up = 80;
  milliseconds response_time_max{2'000}; ///< seconds
  int queue_length_max = 10;
  double target_concurrency = 0;   ///< requests inside per instance; 0: from the measured service time
  double utilization_target = 0.7; ///< share of the target that is aimed at

  // [autoscaling.windows], seconds
  milliseconds stable_window{60'000};
  milliseconds panic_window{6'000};
  double panic_threshold = 2; ///< wanted over ready instances that begins a panic
  milliseconds stabilization{60'000};
  milliseconds scale_up_cooldown{0};
  milliseconds scale_down_cooldown{10'000};

  // [autoscaling.budget]
  double worker_hours_per_month = 0; ///< 0: none
  bool refuse_over_budget = false;   ///< beyond it not even the first instance starts

  health_settings health;

  // [balancing]
  std::vector<std::string> instance_zones; ///< of instance 1, 2, ...; the rest are in the node's zone
  std::vector<double>
      weights; ///< of instance 1, 2, ...; 0: takes nothing; the rest weigh 1. Empty: by measured capacity

  // [batching]
  int max_batch_size = 1;                     ///< rows in one forward; 1: off
  microseconds batch_delay_max{5'000};        ///< seconds
  microseconds batch_latency_target{100'000}; ///< seconds

  bool operator==(model_limits const&) const = default;
};

} // namespace pilotlight
