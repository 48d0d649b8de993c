// How many requests may lie in one instance's ring at once? Enough to hide the proxy's turn-around, few enough that
// the choice of an instance is not made too early and a death re-runs little. Pure.
#pragma once
#include <chrono>
#include <cstdint>

namespace pilotlight::decide {

/// 2 while the service time is unknown (0); else as many as make up `backlog` of work (rounded up), within [2, limit].
/// A limit below 2 wins.
std::uint32_t ring_depth(std::chrono::nanoseconds service, std::uint32_t limit,
                         std::chrono::nanoseconds backlog = std::chrono::milliseconds(2));

/// That depth, but at least two full batches of a model that is batched: one runs, the next gathers. At most 256, the
/// length of a ring.
std::uint32_t batch_depth(std::uint32_t depth, int max_batch_size);

} // namespace pilotlight::decide
