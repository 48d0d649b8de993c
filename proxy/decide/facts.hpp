// What does a decision go by? Plain structs, filled once a tick: in the server by collect from live objects, in the
// simulator from virtual ones. Both feed the same deciders.
#pragma once
#include "proxy/decide/rung.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pilotlight::decide {

/// Wall-clock time (schedules and seasons need the hour) that never steps back: the server derives it from its steady
/// clock, the simulator from its virtual one.
using instant = std::chrono::sys_time<std::chrono::microseconds>;
using duration = std::chrono::microseconds;
/// A model's place in every table of one run; it keeps it until the proxy ends.
using model_index = std::uint32_t;

struct instance_facts
{
  int number = 0;
  bool ready = false;
  bool draining = false;
  std::uint32_t in_flight = 0;
  double cores = 0;        ///< CPU in use, cores, mean over the tick
  std::uint64_t bytes = 0; ///< PSS
  duration idle{0};        ///< since its last completion, 0 while busy
  int health = 100;        ///< score, 0 to 100
  duration service{0};     ///< smoothed time of one request in it; 0: not known
};

struct model_facts
{
  model_index model = 0;
  rung at = rung::zero; ///< the warmest it has reached
  int ready = 0, starting = 0, draining = 0;
  std::vector<instance_facts> instances;

  // Over the last tick.
  double concurrency = 0; ///< mean of the requests inside, waiting or running
  std::uint64_t arrived = 0, completed = 0, failed = 0;
  // Now.
  std::uint32_t waiting = 0, in_flight = 0;
  duration oldest_wait{0};
  // Over the last windows of the latency histogram; 0: none answered.
  duration p50{0}, p95{0}, p99{0};
  duration service{0};       ///< smoothed time of one request in a worker; 0: not known
  double cores = 0;          ///< CPU in use by its processes
  int unmeasured = 0;        ///< busy ones that have only just come: `cores` knows nothing of them
  double threads = 0;        ///< intra-op threads of one instance, mean of those that are ready; 0: as its policy says
  int next_threads = 0;      ///< that one more instance would get; 0: as its policy says
  duration idle{0};          ///< since the last completion with nothing inside; 0 while something is
  bool cannot_start = false; ///< its breaker is open, and says when it is tried again; or it was unloaded by hand
  bool emergency = false;    ///< health asks for one more instance at once
  int health = 100;          ///< score of the model, 0 to 100

  start_costs costs;         ///< measured, else the defaults of its kind
  double forecast_rate = -1; ///< arrivals per second expected one start time (at least a minute) ahead; -1: unknown
  rung forecast_floor = rung::zero; ///< what prediction wants it to rest at
  duration learned_delay{-1};       ///< keep-alive by prediction; -1: none, scale_to_zero_delay holds
  duration advice_holds{-1};        ///< so long does the floor hold, if no request comes; -1: no advice
  std::string_view advice;          ///< why: static text; empty: prediction says nothing
};

struct node_facts
{
  double cores = 1;           ///< usable: CPUs of the node, or the cgroup's quota
  double cores_used = 0;      ///< by everything on the node (or in the cgroup)
  double cpu_pressure = 0;    ///< PSI "some" of 10 s, percent; 0 where there is none
  double memory_pressure = 0; ///< the same of memory
  std::uint64_t memory = 0;   ///< bytes usable, node or cgroup
  std::uint64_t memory_available = 0;
  std::uint64_t zygote_bytes = 0; ///< PSS of the shared zygote; 0: it does not run
};

} // namespace pilotlight::decide
