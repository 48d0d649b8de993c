// What time is it, never stepping back? Wall-clock time carried on by the steady clock, so that a correction of the
// system's clock moves no window and no schedule in the middle of a run.
#pragma once
#include "proxy/decide/facts.hpp"

#include <chrono>

namespace pilotlight::control {

class wall_clock
{
public:
  using steady = std::chrono::steady_clock;

  decide::instant at(steady::time_point when) const
  {
    return wall_ + std::chrono::duration_cast<decide::duration>(when - steady_);
  }
  decide::instant now() const { return at(steady::now()); }

private:
  steady::time_point steady_ = steady::now();
  decide::instant wall_ = std::chrono::time_point_cast<decide::duration>(std::chrono::system_clock::now());
};

} // namespace pilotlight::control
