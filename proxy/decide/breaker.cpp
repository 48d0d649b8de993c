#include "proxy/decide/breaker.hpp"

#include <algorithm>

namespace pilotlight::decide {

namespace {

bool opens(breaker const& state, start_failure what, breaker_policy const& policy)
{
  switch (what) {
  case start_failure::bad_model:
  case start_failure::stalled: return true;
  case start_failure::crashed: return state.crashes >= policy.crashes_allowed;
  case start_failure::killed: return state.kills >= policy.kills_allowed;
  }
  return true;
}

/// first_delay * 2^openings, at most longest_delay; doubled step by step so that nothing overflows.
std::chrono::milliseconds delay_after(int openings, breaker_policy const& policy)
{
  auto delay = std::min(policy.first_delay, policy.longest_delay);
  for (int i = 0; i < openings && delay < policy.longest_delay; ++i)
    delay = delay > policy.longest_delay / 2 ? policy.longest_delay : delay * 2;
  return delay;
}

} // namespace

breaker after_failure(breaker before, start_failure what, time_point now, breaker_policy const& policy)
{
  if (what == start_failure::crashed) ++before.crashes;
  if (what == start_failure::killed) ++before.kills;
  before.open = opens(before, what, policy);
  if (!before.open) return before;
  before.next_try = now + delay_after(before.openings, policy);
  ++before.openings;
  return before;
}

breaker after_success(breaker)
{
  return {};
}

bool refuses(breaker const& state, time_point now)
{
  return state.open && now < state.next_try;
}

} // namespace pilotlight::decide
