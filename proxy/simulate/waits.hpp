// How long did requests wait? A histogram with a bounded relative error, cheap to add to. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <array>
#include <cstddef>

namespace pilotlight::simulate {

/// Log-linear buckets as in HdrHistogram (Tene): 16 to each doubling, so a quantile is at most 6 % too large; from
/// 1 us to 78 hours. Counts are real numbers: dense traffic is served in fractions.
class waits
{
public:
  /// A request that waits longer than this is cold, slow, late: it is counted as one that waited.
  static constexpr decide::duration threshold = std::chrono::milliseconds(100);

  void add(decide::duration wait, double count = 1);
  void add(waits const& other);
  void clear();

  double count() const { return count_; } ///< all, also those that did not wait
  double over_threshold() const { return over_; }
  decide::duration longest() const { return longest_; }
  /// The least wait that a share `q` of all requests does not exceed; 0 for none.
  decide::duration quantile(double q) const;
  /// The same among those alone that waited longer than the threshold.
  decide::duration quantile_of_waiting(double q) const;
  double seconds() const { return seconds_; } ///< altogether

private:
  static constexpr std::size_t steps = 16, octaves = 38;
  static std::size_t bucket_of(decide::duration wait);
  static decide::duration upper_end(std::size_t bucket);
  decide::duration quantile_from(double rank) const;

  std::array<double, steps * octaves> buckets_{};
  double count_ = 0, over_ = 0, seconds_ = 0;
  decide::duration longest_{0};
};

} // namespace pilotlight::simulate
