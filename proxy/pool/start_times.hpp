// When did each part of a model's start end, and through which parts did one request wait? Plain data, pure.
#pragma once
#include <chrono>

namespace pilotlight::pool {

/// The last start. A point of time that has not come yet is the clock's epoch.
struct start_times
{
  using time_point = std::chrono::steady_clock::time_point;

  time_point begun{};
  time_point spawned{}; ///< the model zygote said hello: zygote and forks are made
  time_point loaded{};  ///< it has the model file in memory
  time_point ready{};   ///< the first instance takes requests
  /// From begun to ready; 0 before.
  std::chrono::nanoseconds total() const { return ready > begun ? ready - begun : std::chrono::nanoseconds(0); }
};

/// What of each part lies between a request's arrival and its submission: together at most its hold.
struct start_share
{
  std::chrono::nanoseconds spawn{0}, load{0};
  std::chrono::nanoseconds warmup{0}; ///< from loaded to ready: the instance's fork, and its warm-up if it had one
};

start_share share_of(start_times const& start, start_times::time_point arrived, start_times::time_point submitted);

} // namespace pilotlight::pool
