// What may the autoscaler do with a model, and what with the node? Plain structs, filled from the configuration.
#pragma once
#include "proxy/decide/rung.hpp"
#include "proxy/decide/schedule.hpp"
#include "shared/failure.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::decide {

/// [autoscaling.thresholds]. Percentages, as the keys are.
struct thresholds
{
  double cpu_scale_up = 70;    ///< of the threads of one lone instance; a pool may run hotter, see staffing.hpp
  double cpu_scale_down = 30;  ///< two instances this busy may become one
  double memory_scale_up = 80; ///< of the node's memory: nothing more is started beyond it
  std::chrono::microseconds response_time_max = std::chrono::seconds(2);
  std::uint32_t queue_length_max = 10; ///< waiting for each ready instance

  bool operator==(thresholds const&) const = default;
};

struct model_policy
{
  std::string name;         ///< of the model, for sentences
  bool autoscaling = true;  ///< off: nothing is decided but what requests themselves need (the first instance)
  bool zero_scaling = true; ///< off: it never cools by itself
  bool dry_run = false;     ///< decides and keeps the decision, executes nothing

  int min_instances = 0; ///< always there; also the first start
  int max_instances = 3;
  rung warm_floor = rung::zero; ///< it never cools below by itself; [instance] is min_instances = 1
  int priority = 0;             ///< higher wins where memory or CPU is short
  std::vector<schedule> schedules;

  double worker_hours = 0;         ///< a month's budget; 0: none
  bool refuse_over_budget = false; ///< true: over it not even the first request starts the model

  decide::thresholds thresholds;
  double target_concurrency = 0;   ///< requests inside one instance; 0: derived from service and response_time_max
  double target_utilisation = 0.7; ///< of a lone instance, above 0 and below 1
  int parallel = 1;                ///< requests that one instance works on at once (its batch)
  int threads = 1;                 ///< of one instance, where the facts do not say
  bool reweighs = false;           ///< its balancing goes by measured weights
  bool shares_threads = false;     ///< they are not configured, but dealt among all instances of the node
  bool sequenced = false;          ///< its instances come and go with its sequences: none is taken away

  std::chrono::microseconds stable_window = std::chrono::seconds(60);
  std::chrono::microseconds panic_window = std::chrono::seconds(6);
  double panic_threshold = 2;                                         ///< times what is ready, as Knative's of 200 %
  std::chrono::microseconds stabilisation = std::chrono::seconds(60); ///< down to the most that it wanted so long
  std::chrono::microseconds up_cooldown{0};                           ///< between two steps up
  std::chrono::microseconds down_cooldown = std::chrono::seconds(10); ///< between two steps down
  std::chrono::microseconds scale_to_zero_delay = std::chrono::seconds(300);

  bool operator==(model_policy const&) const = default;
};

struct node_policy
{
  int parallel_starts = 2;
  int max_loaded = 5; ///< models that have processes at once

  bool operator==(node_policy const&) const = default;
};

/// Nothing that contradicts itself. The sentence names the key and what is allowed.
result<void> check(model_policy const& policy);
result<void> check(node_policy const& policy);

} // namespace pilotlight::decide
