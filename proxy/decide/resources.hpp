// Which cores and how many threads does each instance get, and may it start now? The one place that arbitrates cores,
// memory and starts between models. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace pilotlight::decide {

/// What the node, or the cgroup of the proxy, has to give.
struct node_resources
{
  std::vector<int> cpus;    ///< that may be run on, ascending (sched_getaffinity)
  double cores = 1;         ///< at most so many of them at once: the cgroup's quota, or their number
  std::uint64_t memory = 0; ///< bytes that instances may take together; 0: not known, no limit
  int parallel_starts = 2;
};

/// An instance that runs, or wants to.
struct resource_claim
{
  model_index model = 0;
  int number = 0;          ///< of the instance
  int priority = 0;        ///< of the model: the higher one is served first
  bool running = false;    ///< it keeps its place
  bool starting = false;   ///< takes a slot of parallel_starts
  int threads = 0;         ///< as configured; 0: a fair share
  std::uint64_t bytes = 0; ///< held, or needed
  double popularity = 0;   ///< requests that wait for its model: the most popular start first
};

struct resource_grant
{
  model_index model = 0;
  int number = 0;
  bool may_run = false;  ///< false: no memory, no core or no slot now
  int threads = 1;       ///< of the instance
  std::vector<int> cpus; ///< its cpuset, of at least `threads` CPUs; disjoint between instances as long as CPUs last
};

/// Grants in the order of the claims. Running ones keep running whatever happens. Of those that want to start: highest
/// priority first, then most popular, as far as slots, memory and cores allow, where a model's first instance needs no
/// free core (it shares; nobody is refused for lack of one). The sum of threads of all that may run is at most the
/// cores, unless that leaves an instance without its one thread.
std::vector<resource_grant> arbitrate(node_resources const& node, std::span<resource_claim const> claims);

} // namespace pilotlight::decide
