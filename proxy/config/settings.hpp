// What can be configured? Every key of pilotlight.toml that this proxy obeys, with its default. Plain data: read by
// config/load.hpp, validated whole there, replaced whole by a reload.
#pragma once
#include "proxy/config/model_limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pilotlight {

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

/// [autoscaling.resources]: what all models together may use of the node or its cgroup.
struct resource_settings
{
  double cores = 0;       ///< 0: all
  std::size_t memory = 0; ///< bytes; 0: all
  bool pin_cpus = false;  ///< each instance on cores of its own
  bool operator==(resource_settings const&) const = default;
};

/// One of [[autoscaling.schedules]]: a floor of instances while its window is open.
struct schedule_settings
{
  std::string model; ///< its name, for all its versions; empty: every model
  std::string when;  ///< "Mon-Fri 08:00-18:00", or cron "0 8 * * 1-5" for the window's begin
  std::chrono::milliseconds duration{3'600'000}; ///< of a window that cron begins
  int min_instances = 1;
  std::string utc_offset = "+00:00"; ///< of the times in `when`; config/text_rules.hpp reads it
  bool operator==(schedule_settings const&) const = default;
};

/// One of [[balancing.zones]]: where a client belongs by its address.
struct zone_settings
{
  std::string name;
  std::vector<std::string> cidrs; ///< "10.0.0.0/8", "fd00::/8"; checked
  bool operator==(zone_settings const&) const = default;
};

struct balancing_settings
{
  std::string hash_header = "X-Pilotlight-Key";  ///< consistent_hash takes its key from here, else from sequence_id
  std::string zone_header = "X-Pilotlight-Zone"; ///< geographic: the client's zone, stronger than its address
  std::string zone;                              ///< of this node; empty: none
  std::vector<zone_settings> zones;
  bool operator==(balancing_settings const&) const = default;
};

/// What was learned of traffic, kept over restarts.
struct history_settings
{
  std::string file; ///< SQLite; empty: $STATE_DIRECTORY/history.sqlite, or in the cache directory
  std::chrono::milliseconds save_interval{60'000};
  bool operator==(history_settings const&) const = default;
};

struct control_settings
{
  std::chrono::milliseconds tick{1'000}; ///< autoscaling.tick
  std::size_t decisions_kept = 256;      ///< control.decisions_kept, per model, for explain
  bool operator==(control_settings const&) const = default;
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
      30'000};                  ///< shutdown.drain_timeout: SIGTERM waits so long for requests in flight
  bool preload_popular = false; ///< autoscaling.zero_scaling.preload_popular_models
  control_settings control;
  resource_settings resources;
  std::vector<schedule_settings> schedules;
  balancing_settings balancing;
  history_settings history;
  model_limits limits;               ///< defaults of every model
  std::string file;                  ///< where these come from; empty: no file, only defaults and overrides
  std::vector<std::string> warnings; ///< one sentence for each accepted key whose feature is not there
  bool operator==(settings const&) const = default;
};

} // namespace pilotlight
