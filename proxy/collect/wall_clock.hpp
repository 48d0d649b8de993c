// What time is it, never stepping back? Wall-clock time carried on by the steady clock: a correction of the system's
// clock does not tear a window or a schedule apart, but is followed.
#pragma once
#include "proxy/collect/model_meter.hpp"

#include <chrono>

namespace pilotlight::collect {

class wall_clock
{
public:
  using steady = std::chrono::steady_clock;

  /// While it waits for the system's clock it loses one second of so many: rates and deadlines stay about what they
  /// are.
  static constexpr auto slowed = 8;
  /// This far off the system's clock is let be.
  static constexpr auto tolerance = decide::duration(std::chrono::seconds(2));

  explicit wall_clock(
      steady::time_point when = steady::now(),
      decide::instant wall = std::chrono::time_point_cast<decide::duration>(std::chrono::system_clock::now()))
      : steady_(when), wall_(wall)
  {
  }

  decide::instant at(steady::time_point when) const
  {
    auto const passed = std::chrono::duration_cast<decide::duration>(when - steady_);
    return wall_ + (slow_ && when > steady_ ? passed - passed / slowed : passed);
  }
  moment both(steady::time_point when) const { return {when, at(when)}; }
  decide::instant now() const { return at(steady::now()); }

  /// The system's clock says `truth` now. Behind it (the machine slept, the clock was set forward): steps to it. Ahead
  /// of it: goes slower until they meet. By how much the system's clock was ahead (or, negative, behind), where
  /// something follows from that; else 0.
  decide::duration follow(steady::time_point when, decide::instant truth)
  {
    auto const off = truth - at(when);
    if (slow_ ? off < decide::duration(0) : off <= tolerance && off >= -tolerance) return decide::duration(0);
    auto const tell = !slow_ || off > tolerance;
    wall_ = off > tolerance ? truth : at(when);
    steady_ = when;
    slow_ = off < -tolerance;
    return tell ? off : decide::duration(0);
  }

private:
  steady::time_point steady_;
  decide::instant wall_;
  bool slow_ = false;
};

} // namespace pilotlight::collect
