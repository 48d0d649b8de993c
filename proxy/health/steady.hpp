// How does a score that is sampled become one that does not flap? Pure.
#pragma once
#include <algorithm>
#include <vector>

namespace pilotlight::health {

/// A score that sinks only as far as the best of the last `failure_threshold` samples and rises only as far as the
/// worst of the last `recovery_threshold`; in between it stays. So failure_threshold worse samples in a row are needed
/// to lower it, recovery_threshold better ones to raise it, and a sequence with shorter runs moves it not at all. (A
/// rank filter with hysteresis.) It is monotone: a sample that was better never makes any later value worse.
class steady
{
public:
  /// Trusted at first: `start` counts as having been seen all the time.
  explicit steady(int start = 100) : value_(start) {}

  int value() const { return value_; }

  /// Thresholds of at least 1, which may change between samples.
  int take(int sample, int failure_threshold, int recovery_threshold)
  {
    auto const longest = static_cast<std::size_t>(std::max({1, failure_threshold, recovery_threshold}));
    while (last_.size() >= longest)
      last_.erase(last_.begin());
    last_.push_back(sample);
    auto const best = extreme(failure_threshold, [](int a, int b) { return std::max(a, b); });
    auto const worst = extreme(recovery_threshold, [](int a, int b) { return std::min(a, b); });
    if (best.complete) value_ = std::min(value_, best.reached);
    if (worst.complete) value_ = std::max(value_, worst.reached);
    return value_;
  }

  /// A fact and no sample: holds at once, and recovery counts from here.
  int set(int value)
  {
    last_.clear();
    return value_ = value;
  }

private:
  struct run
  {
    int reached;
    bool complete; ///< as many samples as asked for
  };
  template <class choose>
  run extreme(int count, choose better) const
  {
    auto const wanted = static_cast<std::size_t>(std::max(1, count));
    auto const taken = std::min(wanted, last_.size());
    auto reached = last_.back();
    for (auto i = last_.size() - taken; i < last_.size(); ++i)
      reached = better(reached, last_[i]);
    return {reached, taken == wanted};
  }

  int value_;
  std::vector<int> last_; ///< at most as many as the larger threshold
};

} // namespace pilotlight::health
