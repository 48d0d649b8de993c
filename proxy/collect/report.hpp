// What is reported about the models and the service? Plain data that is filled once for each question and rendered as
// JSON (http/statistics_json) or for Prometheus (collect/metrics). Values that nobody knows yet are negative.
#pragma once
#include "proxy/collect/model_meter.hpp"
#include "proxy/collect/node_usage.hpp"
#include "proxy/decide/rung.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::collect {

struct model_report
{
  std::string name, version;
  std::string state;                         ///< of the lifecycle, as in /v1/models
  bool loaded = false;                       ///< processes of it exist or are being made
  bool failed = false;                       ///< it cannot be started
  decide::rung at = decide::rung::zero;      ///< where it is
  decide::rung wanted = decide::rung::zero;  ///< where the last decision wants it
  int ready = 0, starting = 0, draining = 0; ///< instances
  int desired = 0;                           ///< instances that the last decision wants

  std::uint64_t succeeded = 0, errors = 0;       ///< requests since the start
  std::uint64_t waiting = 0, running = 0;        ///< now
  double oldest_wait = 0;                        ///< seconds
  double queue_seconds = 0, compute_seconds = 0; ///< sums, of those that succeeded
  latency_summary last_10s, last_minute;
  latency_histogram minute, all; ///< of the last minute, and since the start

  double cores = 0;
  std::uint64_t bytes = 0;
  std::optional<int> health;  ///< score, 0 to 100; nothing: nothing could be judged
  std::string load;           ///< "none", "low", "normal", "high", as the autoscaler reads it
  bool panic = false;         ///< its panic window holds
  std::string pattern;        ///< of its traffic
  double forecast_rate = -1;  ///< requests per second
  double forecast_error = -1; ///< WAPE; accuracy is 1 - that
  double last_start = 0;      ///< seconds
  spending today, since_start;
};

struct service_report
{
  std::string version;
  double uptime = 0; ///< seconds
  std::size_t connections = 0, streams = 0;
  bool zygote_running = false;
  std::uint64_t zygote_bytes = 0, proxy_bytes = 0;
  double budget_used = -1, budget = -1; ///< worker-hours of this month
  std::uint64_t decisions = 0;          ///< actions decided since the start
  double tick_seconds = -1;             ///< the last decision tick took
  std::uint64_t reloads = 0, reloads_refused = 0;
  std::uint64_t history_saves = 0, history_failures = 0;
  node_usage node;
};

struct fleet_report
{
  service_report service;
  std::vector<model_report> models;
};

/// Fills what the meter measures: latencies and spending.
void add_measured(model_report& to, model_meter& from, moment now);

/// Sums over the models.
struct fleet_totals
{
  int active_instances = 0; ///< ready, starting and draining ones
  int ready_instances = 0;
  int loaded_models = 0;
  std::uint64_t succeeded = 0, errors = 0;
  latency_summary last_minute; ///< of all requests, from the merged histograms
  spending today, since_start;
  double forecast_error = -1; ///< mean of the models that have one, weighted by their requests
};
fleet_totals total(std::vector<model_report> const& models);

} // namespace pilotlight::collect
