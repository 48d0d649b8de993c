// What was the most that was wanted lately? The stabilisation window of Kubernetes' horizontal pod autoscaler: down
// only to the maximum of the wishes in it. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <algorithm>
#include <array>

namespace pilotlight::decide {

class recent_most
{
public:
  /// `longest`: the longest window that is ever asked for.
  explicit recent_most(duration longest)
      : width_(std::max<duration>(longest / static_cast<std::int64_t>(slots - 1), std::chrono::milliseconds(1)))
  {
  }

  /// Times never step back.
  void note(instant now, int wanted)
  {
    auto const number = now.time_since_epoch() / width_;
    auto& one = slots_[static_cast<std::size_t>(number) % slots];
    if (one.number != number) one = {number, wanted};
    one.most = std::max(one.most, wanted);
    if (first_ < 0) first_ = number;
  }

  /// The most of the last `back` (rounded up to a slot); 0 where nothing was noted.
  int most(instant now, duration back) const
  {
    auto const first = (now - back).time_since_epoch() / width_;
    int found = 0;
    for (auto const& one : slots_)
      if (one.number >= first) found = std::max(found, one.most);
    return found;
  }

  /// Were wishes noted for that long already?
  bool knows(instant now, duration back) const
  {
    return first_ >= 0 && first_ <= (now - back).time_since_epoch() / width_;
  }

private:
  static constexpr std::size_t slots = 128;
  struct slot
  {
    std::int64_t number = -1;
    int most = 0;
  };

  std::array<slot, slots> slots_{};
  std::int64_t first_ = -1;
  duration width_;
};

} // namespace pilotlight::decide
