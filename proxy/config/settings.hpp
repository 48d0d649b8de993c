// What can be configured? Every key of pilotlight.toml that this proxy obeys, with its default. Plain data: read by
// config/load.hpp, validated whole there, never changed while it is used.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pilotlight {

/// Limits that a model.toml may override (same key names).
struct model_limits
{
  std::chrono::milliseconds scale_to_zero_delay{300'000}; ///< autoscaling.zero_scaling.scale_to_zero_delay, seconds
  bool zero_scaling = true;                               ///< autoscaling.zero_scaling.enabled
  int max_instances = 3;                                  ///< autoscaling.model_loader.max_instances_per_model
  bool warmup = true;                                     ///< autoscaling.model_loader.model_warmup_enabled
  int queue_length_max = 10;                              ///< autoscaling.thresholds.queue_length_max
  std::chrono::milliseconds response_time_max{2'000};     ///< autoscaling.thresholds.response_time_max, seconds
  std::chrono::milliseconds execution_timeout{60'000};    ///< worker.execution_timeout, seconds; 0: none
  std::chrono::milliseconds start_timeout{120'000};       ///< worker.start_timeout, seconds
  int threads = 0;                                        ///< worker.threads; 0: from the cgroup quota / instances
  std::string device = "cpu";                             ///< worker.device: "cpu" or "cuda:N"
  std::chrono::milliseconds request_timeout{60'000};      ///< listen.request_timeout, seconds
  bool autoscaling = true;                                ///< autoscaling.enabled; off: instances change only by hand
  std::string load_balancing_strategy = "least_connections"; ///< autoscaling.model_loader, the strategy in effect
  double cpu_scale_up = 70;                                  ///< autoscaling.thresholds, percent
  double cpu_scale_down = 30;
  double memory_scale_up = 80;
  std::chrono::milliseconds keep_alive_min{10'000}; ///< autoscaling.zero_scaling, bounds of a learned delay, seconds
  std::chrono::milliseconds keep_alive_max{3'600'000};
  bool operator==(model_limits const&) const = default;
};

struct endpoint
{
  std::string host = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: any free one
  bool operator==(endpoint const&) const = default;
};

struct listen_settings
{
  endpoint http{"127.0.0.1", 8080};
  endpoint admin{"127.0.0.1", 8081};
  std::size_t max_connections = 10'000;
  std::chrono::milliseconds header_timeout{10'000};     ///< from the first byte of a request to its whole head
  std::chrono::milliseconds body_timeout{30'000};       ///< without any progress of the body
  std::chrono::milliseconds keep_alive_timeout{75'000}; ///< between requests
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = std::size_t{64} << 20; ///< of one request, also after inflating
  bool operator==(listen_settings const&) const = default;
};

/// Requests that wait: per model and altogether. Over the bound: 503 with Retry-After.
struct hold_settings
{
  std::size_t max_requests = 1'000;               ///< per model, waiting for a worker
  std::size_t max_bytes = std::size_t{256} << 20; ///< request arena per model, a power of two
  std::chrono::milliseconds max_wait{60'000};     ///< longest a request is held, if its own deadline is later
  bool operator==(hold_settings const&) const = default;
};

struct worker_settings
{
  std::string binary;                              ///< pilotlight-worker; empty: beside this program
  std::size_t reply_arena = std::size_t{64} << 20; ///< bytes per instance, a power of two
  int parallel_starts = 2;                         ///< models that may start at once
  bool spin = false;
  bool operator==(worker_settings const&) const = default;
};

struct log_settings
{
  std::string level = "info";                    ///< trace, debug, info, warn, error
  std::string file;                              ///< empty: stderr
  std::size_t max_bytes = std::size_t{10} << 20; ///< a log file rotates beyond this
  int files = 3;
  bool operator==(log_settings const&) const = default;
};

struct settings
{
  listen_settings listen;
  std::string repository = "models"; ///< models.repository
  std::string
      cache_directory; ///< cache.directory; empty: $CACHE_DIRECTORY, $XDG_CACHE_HOME/pilotlight, ~/.cache/pilotlight
  hold_settings hold;
  worker_settings worker;
  log_settings log;
  bool autoscaling = true;           ///< autoscaling.enabled: off = instances change only by hand
  std::size_t max_loaded_models = 5; ///< autoscaling.zero_scaling.max_loaded_models
  std::string load_balancing_strategy = "least_connections";
  std::chrono::milliseconds drain_timeout{
      30'000};                       ///< shutdown.drain_timeout: SIGTERM waits so long for requests in flight
  model_limits limits;               ///< defaults of every model
  std::string file;                  ///< where these come from; empty: no file, only defaults and overrides
  std::vector<std::string> warnings; ///< one sentence for each accepted key whose feature is not there
  bool operator==(settings const&) const = default;
};

} // namespace pilotlight
