// Which share of the requests should each instance of a model get? From measured capacity; pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <vector>

namespace pilotlight::decide {

inline constexpr int unhealthy = 50; ///< scores below: none, to be replaced

/// One weight per instance in the order of the facts, the largest 1: capacity is 1 / service time (where unknown: the
/// median of the others); 0 for what is not ready, draining or unhealthy.
std::vector<double> measured_weights(model_facts const& facts);

enum class difference : std::uint8_t
{
  none,   ///< or nobody serves: there is nothing to share out
  shares, ///< one has moved by more than a tenth of the largest
  others, ///< than before serve
};

difference differs(std::vector<double> const& before, std::vector<double> const& now);

} // namespace pilotlight::decide
