// So many instances were needed some time ago: will they be needed again soon? Loads that go up and down by a rhythm
// shorter than a few stabilisation windows need them again about as long after as the last time. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace pilotlight::decide {

class recurrence
{
public:
  /// `wanted` instances were needed at `now`. A pause of less than `least` between two needs is none. Times never step
  /// back.
  void note(instant now, int wanted, duration least)
  {
    auto const counted = static_cast<std::size_t>(std::clamp(wanted, 0, most));
    if (needs_.size() < counted) needs_.resize(counted);
    for (std::size_t i = 0; i < counted; ++i) {
      auto& one = needs_[i];
      auto const passed = now - one.last;
      if (one.last != instant() && passed >= least) one.pause = passed;
      one.last = now;
    }
  }

  /// Within `ahead` from now, give or take a fourth of the pause; not if the last pause has been outlasted clearly.
  bool soon(instant now, int count, duration ahead) const
  {
    if (count < 1 || static_cast<std::size_t>(count) > needs_.size()) return false;
    auto const& one = needs_[static_cast<std::size_t>(count) - 1];
    auto const passed = now - one.last;
    return one.pause > duration::zero() && passed <= one.pause * 5 / 4 && passed + ahead >= one.pause * 3 / 4;
  }

private:
  static constexpr int most = 64; ///< of larger pools only the first so many are remembered
  struct need
  {
    instant last{};
    duration pause{0}; ///< the last one between two needs
  };
  std::vector<need> needs_; ///< of the first instance, the second, ...
};

} // namespace pilotlight::decide
