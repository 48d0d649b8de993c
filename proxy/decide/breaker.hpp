// May a model that keeps failing to start be tried again, and when? A circuit breaker with growing back-off, half-open
// by itself. Pure: time is an argument. Source: Nygard, Release It!, "Circuit Breaker"; back-off as systemd's
// RestartSteps.
#pragma once
#include <chrono>
#include <cstdint>

namespace pilotlight::decide {

using time_point = std::chrono::steady_clock::time_point;

enum class start_failure : std::uint8_t
{
  bad_model, ///< the file cannot be loaded: opens at once
  crashed,   ///< died by its own fault before ready: the `crashes_allowed`-th without a success between opens
  killed,    ///< killed from outside before ready: retried at once, the `kills_allowed`-th without a success opens
  stalled,   ///< not ready within start_timeout: opens at once
};

struct breaker_policy
{
  int crashes_allowed = 2;
  int kills_allowed = 50;
  std::chrono::milliseconds first_delay{1'000};
  std::chrono::milliseconds longest_delay{60'000};
};

struct breaker
{
  int crashes = 0;       ///< since the last success
  int kills = 0;         ///< since the last success
  int openings = 0;      ///< since the last success, for the growth of the delay
  time_point next_try{}; ///< while open
  bool open = false;
};

/// The breaker after a failed start: closed (start again at once) or open until next_try. The delay is first_delay,
/// doubled by each opening since the last success. A failure of the half-open try opens again at once.
breaker after_failure(breaker before, start_failure what, time_point now, breaker_policy const& policy);
/// After a start whose instance has answered a request: being ready is not yet proof.
breaker after_success(breaker before);
/// Open and its time has not come: refuse without starting. From next_try on it is half-open: one start may be tried.
bool refuses(breaker const& state, time_point now);

} // namespace pilotlight::decide
