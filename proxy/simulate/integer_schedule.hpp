// How many instances would somebody run who knows the counts of every interval beforehand? Pure.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/trace.hpp"

namespace pilotlight::simulate {

/// Through each interval so many instances that none is fuller than `filling`: whole ones, at least 1 while anything
/// comes, started in time, ended at once.
struct integer_schedule
{
  double filling = 1; ///< erlangs per instance, 0 to 1
  int most = 1;
  duration service{0};

  int instances(stretch const& during) const;
};

/// The share of the time of its instances that the schedule uses, over the whole trace.
double utilisation(trace const& trace, integer_schedule const& schedule);

/// The fullest schedule with a p99 wait of at most `p99`, by bisection over a replay of some evenly chosen hours.
/// Filling 1 where no interval needs a second instance.
integer_schedule fullest_schedule(trace const& trace, costs const& costs, int most, duration p99, std::uint64_t seed);

} // namespace pilotlight::simulate
