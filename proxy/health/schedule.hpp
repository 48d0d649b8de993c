// Which check of which instance is due now? Pure. An instance keeps its agenda from ready to its end; where there is no
// instance there is no agenda, so nothing is ever due at zero: probes wake nothing, and they count as no activity.
#pragma once
#include "proxy/health/check.hpp"

#include <array>
#include <vector>

namespace pilotlight::health {

/// When each check of one instance is due next.
struct agenda
{
  std::array<instant, checks> next{};
  bool operator==(agenda const&) const = default;
};

/// The agenda of an instance that became ready at `ready`. Each check first comes at a place inside one interval that
/// model, number and check give (splitmix64, Steele et al. 2014): instances that start together are not checked
/// together, and a run can be repeated.
agenda plan(model_index model, int number, instant ready, policy const& how);

/// What an instance does while it is asked for.
struct occupation
{
  bool ready = false;    ///< it takes requests, or drains; not: starts (start_timeout watches that)
  bool draining = false; ///< only basic is due: a hung one must be found, the rest is of no use any more
  bool busy = false;     ///< requests are inside: a canary would make them wait, so it waits for a gap itself, for at
                         ///< most half of its interval
};

/// The checks due at `now`; each is planned for the next point of its own grid that lies ahead. One that was missed
/// (the proxy slept) comes once, not as often as it was missed. One that was planned further ahead than its interval is
/// long (the interval was longer then) comes within one interval, at its own place in it.
std::vector<check> take_due(agenda& of, instant now, occupation const& instance, policy const& how);

/// The earliest time at which take_due finds something, if the instance stays as it is; instant::max(): never. For the
/// next wake-up.
instant next_due(agenda const& of, occupation const& instance, policy const& how);

} // namespace pilotlight::health
