// How many requests came, left and were inside since the last tick? Counters that the pool bumps. Pure: time is an
// argument.
#pragma once
#include <chrono>
#include <cstdint>

namespace pilotlight::collect {

/// What happened in one tick.
struct tick_counts
{
  std::uint64_t arrived = 0, completed = 0, failed = 0;
  std::uint32_t inside = 0;         ///< at its end
  double concurrency = 0;           ///< mean of the requests inside over its time; at its end if it took no time
  std::chrono::nanoseconds span{0}; ///< its length
};

/// Counts one model's requests, waiting and running ones alike. The concurrency is the exact integral of the number
/// inside over time, not a sample: a burst between two ticks is seen.
class request_rates
{
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit request_rates(time_point start) : since_(start), last_(start) {}

  /// A few nanoseconds each. Time never steps back (a step back counts as none). Every request that arrived ends in
  /// exactly one of completed() and failed().
  void arrived(time_point now)
  {
    settle(now);
    ++inside_;
    ++counts_.arrived;
  }
  void completed(time_point now)
  {
    leave(now);
    ++counts_.completed;
  }
  /// Failed, timed out or given up by its client.
  void failed(time_point now)
  {
    leave(now);
    ++counts_.failed;
  }

  std::uint32_t inside() const { return inside_; }
  /// Something has happened since the last take().
  bool pending() const { return counts_.arrived != 0 || counts_.completed != 0 || counts_.failed != 0; }

  /// The counts since the last take(), and begins anew.
  tick_counts take(time_point now)
  {
    settle(now);
    auto taken = counts_;
    taken.inside = inside_;
    taken.span = last_ - since_;
    taken.concurrency = taken.span.count() > 0 ? area_ / static_cast<double>(taken.span.count()) : inside_;
    counts_ = {};
    area_ = 0;
    since_ = last_;
    return taken;
  }

private:
  void settle(time_point now)
  {
    if (now <= last_) return;
    area_ += static_cast<double>(inside_) * static_cast<double>((now - last_).count());
    last_ = now;
  }
  void leave(time_point now)
  {
    settle(now);
    if (inside_ > 0) --inside_;
  }

  time_point since_, last_;
  double area_ = 0; ///< request-nanoseconds
  std::uint32_t inside_ = 0;
  tick_counts counts_;
};

} // namespace pilotlight::collect
