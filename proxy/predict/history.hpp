// How many calls a minute came, quarter of an hour by quarter of an hour, over the last eight days? Pure, 3 KiB.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace pilotlight::predict {

/// A ring of logarithms of mean calls per minute. Unknown (the proxy was off, or longer ago): NaN.
class history
{
public:
  static constexpr std::size_t slots = 8 * 96;
  static constexpr double floor = 0.02; ///< added to each mean, so that an empty slot has a logarithm

  history() { rates_.fill(unknown); }

  /// `slot` has ended with this mean of calls per minute; what lies between the last one and it is unknown.
  void ended(std::int64_t slot, double mean)
  {
    if (slot < 0) return;
    skip_to(slot - 1);
    at(slot) = static_cast<float>(std::log(mean + floor));
    last_ = slot;
  }
  /// Nobody watched until the end of `slot`.
  void skip_to(std::int64_t slot)
  {
    if (last_ < 0 || slot <= last_) return;
    for (auto skipped = std::max(last_ + 1, slot - static_cast<std::int64_t>(slots) + 1); skipped <= slot; ++skipped)
      at(skipped) = unknown;
    last_ = slot;
  }
  /// Logarithm of the calls per minute at `minute` (since the epoch), straight between the middles of slots; NaN if
  /// unknown.
  double around(double minute) const
  {
    auto const place = minute / 15 - 0.5;
    auto const slot = static_cast<std::int64_t>(std::floor(place));
    auto const share = place - std::floor(place);
    return of(slot) * (1 - share) + of(slot + 1) * share;
  }
  double of(std::int64_t slot) const
  {
    if (slot > last_ || slot < 0 || slot + static_cast<std::int64_t>(slots) <= last_)
      return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(rates_[static_cast<std::size_t>(slot) % slots]);
  }
  std::int64_t last() const { return last_; }
  static constexpr std::int64_t slot_of(std::int64_t minute) { return minute / 15; }

  template <class Archive>
  void persist(Archive& archive)
  {
    archive.whole(last_, -1, std::int64_t{1} << 40);
    for (auto& rate : rates_)
      archive.logarithm(rate);
  }

private:
  static constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
  float& at(std::int64_t slot) { return rates_[static_cast<std::size_t>(slot) % slots]; }
  std::array<float, slots> rates_{};
  std::int64_t last_ = -1;
};

} // namespace pilotlight::predict
