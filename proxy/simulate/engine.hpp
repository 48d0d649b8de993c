// What happens when this trace meets this policy? Replays it in virtual time. Pure: the same trace, costs, seed and
// policy give the same outcome.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/policy.hpp"
#include "proxy/simulate/tally.hpp"
#include "proxy/simulate/timeline.hpp"
#include "proxy/simulate/trace.hpp"

#include <functional>
#include <vector>

namespace pilotlight::simulate {

/// While anything is inside, time passes in steps of this length; a queue that grew is told at the end of one.
inline constexpr duration step_length = std::chrono::milliseconds(100);

struct run_options
{
  std::uint64_t seed = 1;
  double cores = 8; ///< of the node
  std::uint64_t memory = std::uint64_t{64} << 30;
  /// Told now and then how far it is, 0 to 1; may be empty.
  std::function<void(double)> progress;
};

struct outcome
{
  std::vector<tally> models; ///< in the trace's order
  tally total;               ///< of all models; mebibyte_seconds with the shared zygote
  double zygote_seconds = 0;
  std::uint64_t ticks = 0;
  simulate::timeline timeline;
};

/// All models have the same costs. The node is ample: no model is evicted for another's sake unless the policy says so.
outcome replay(trace const& trace, costs const& costs, policy& policy, run_options const& options);

/// Seed of one model's arrivals, so that models with equal counts do not move in step.
std::uint64_t seed_of(std::uint64_t seed, std::size_t model);

} // namespace pilotlight::simulate
