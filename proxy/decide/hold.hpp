// May one more request wait, and if not, when is it worth coming back? Pure.
#pragma once
#include "shared/failure.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace pilotlight::decide {

struct hold_facts
{
  std::string_view model{};
  std::size_t waiting = 0;       ///< requests of this model that wait (held or queued)
  std::size_t bytes = 0;         ///< of the model's request arena and body buffers in use
  std::size_t request_bytes = 0; ///< what this one needs
  bool starting = false;         ///< no instance is ready yet
  std::chrono::milliseconds start_elapsed{0};
  std::chrono::milliseconds start_measured{0};   ///< last measured start of this model; 0: never started
  std::chrono::microseconds service_measured{0}; ///< mean time of one request on one instance; 0: unknown
  int instances = 0;
};

struct hold_limits
{
  std::size_t max_requests = 0;
  std::size_t max_bytes = 0;
};

/// Time until a request that came now could be answered: what is left of the start plus the queue before it at the
/// measured pace; at least 1 s, at most 1 h; whole seconds are made by the caller. Unknown start: 2 s assumed.
std::chrono::milliseconds retry_after(hold_facts const& facts);

/// Success: it may wait. Failure unavailable (with retry_after): distinct sentences for a full hold while starting
/// ("model 'm' is starting and already holds 1000 requests (hold.max_requests)") and for an overloaded model
/// ("model 'm' has 1000 requests waiting (hold.max_requests)"), likewise for bytes (hold.max_bytes). A request that
/// alone is over max_bytes is too_large, not unavailable.
result<void> admit(hold_facts const& facts, hold_limits const& limits);

} // namespace pilotlight::decide
