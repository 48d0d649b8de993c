// Which cores and how many threads does each instance get? The one place that deals them out between models; whether an
// instance may start at all is capacity.hpp's. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <span>
#include <vector>

namespace pilotlight::decide {

/// What the node, or the cgroup of the proxy, has to give.
struct node_resources
{
  std::vector<int> cpus; ///< that may be run on, ascending (sched_getaffinity)
  double cores = 1;      ///< at most so many of them at once: the cgroup's quota, or their number
};

/// An instance that runs, or is about to.
struct resource_claim
{
  int priority = 0; ///< of the model: the higher one is served first
  int threads = 0;  ///< as configured: at most; 0: a fair share
};

struct resource_grant
{
  int threads = 1;       ///< of the instance
  std::vector<int> cpus; ///< its cpuset, of at least `threads` CPUs; disjoint between instances as long as CPUs last
};

/// Grants in the order of the claims. The sum of all threads is at most the cores, unless that leaves an instance
/// without its one thread.
std::vector<resource_grant> arbitrate(node_resources const& node, std::span<resource_claim const> claims);

} // namespace pilotlight::decide
