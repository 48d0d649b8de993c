// What does a model want in this tick, before it is known whether there is room? Plain data.
#pragma once
#include "proxy/decide/facts.hpp"

#include <limits>
#include <string>

namespace pilotlight::decide {

/// A model wants more instances, its first, or to rest warmer.
struct wish
{
  model_facts const* facts = nullptr;
  int to = 0; ///< instances; 0: only the rung
  rung warm = rung::instance;
  bool urgent = false;
  std::string reason;
  /// As place_wanted has it: bounded where only a forecast wants it, nobody waits, and no floor does.
  double value = std::numeric_limits<double>::infinity();
};

} // namespace pilotlight::decide
