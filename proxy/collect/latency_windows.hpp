// How long did requests take in the last 10 seconds, in the last minute, since the start? Histograms of time slices
// that slide. Pure: time is an argument.
#pragma once
#include "proxy/collect/latency_histogram.hpp"

#include <array>

namespace pilotlight::collect {

enum class window : std::uint8_t
{
  ten_seconds, ///< the running slice of 2 s and the four before it: 8 to 10 s
  minute,      ///< 50 to 60 s
  total,       ///< since the first record
};

struct latency_summary
{
  std::uint64_t answered = 0, failed = 0;
  std::chrono::nanoseconds span{0}; ///< the time that these numbers are of
  std::chrono::nanoseconds mean{0}, p50{0}, p95{0}, p99{0}, longest{0};

  double per_second() const; ///< answered; 0 when there is no span yet
  double error_rate() const; ///< failed share of all, 0 to 1

  bool operator==(latency_summary const&) const = default;
};

class latency_windows
{
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit latency_windows(time_point start) : start_(start), slice_end_(start + slice) {}

  /// An answered request; some ten nanoseconds. Time never steps back.
  void record(time_point now, std::chrono::nanoseconds took)
  {
    if (now >= slice_end_) roll(now);
    newest().latency.record(took);
  }
  /// One that was admitted and ended in an error.
  void record_failure(time_point now)
  {
    if (now >= slice_end_) roll(now);
    ++newest().failed;
  }

  /// Costs some microseconds. Slides on, so it is not const.
  latency_summary summary(time_point now, window which);
  /// Adds that window's histogram to `to`: for totals over several models. Returns its failed requests.
  std::uint64_t add_to(latency_histogram& to, time_point now, window which);
  std::chrono::nanoseconds span(time_point now, window which);
  std::size_t bytes() const;

private:
  static constexpr auto slice = std::chrono::seconds(2);
  static constexpr std::size_t short_slices = 5; ///< 10 s
  static constexpr std::size_t long_slices = 5;  ///< of 10 s each, the time before those

  struct part
  {
    latency_histogram latency;
    std::uint64_t failed = 0;
    void add_to(part& other) const;
  };

  part& newest() { return short_[now_ % short_slices]; }
  void roll(time_point now);
  void step();

  time_point start_, slice_end_;
  std::uint64_t now_ = 0; ///< number of the running slice
  std::array<part, short_slices> short_;
  std::array<part, long_slices> long_;
  part past_; ///< what no window but the total sees
};

/// The figures of one histogram.
latency_summary summarise(latency_histogram const& all, std::uint64_t failed, std::chrono::nanoseconds span);

} // namespace pilotlight::collect
