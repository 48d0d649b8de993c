// What did the proxy give this instance? Views; all of it outlives the loop.
#pragma once
#include "shared/doorbell.hpp"
#include "shared/segment.hpp"

#include <cstddef>
#include <span>

namespace pilotlight::worker {

struct channel
{
  segment const& memory;
  std::span<std::byte const> requests; ///< the request arena, read-only
  doorbell const& own;
  doorbell const& proxy;
  int control; ///< its end means that the proxy is gone
};

} // namespace pilotlight::worker
