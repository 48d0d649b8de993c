// Is this queue unusual for this model, or the kind of queue that it has every minute? Pure, a few numbers.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>

namespace pilotlight::decide {

/// The queue that a request finds in a stable system has a geometric tail, whatever the arrivals and service times
/// (Kingman; Asmussen, Applied Probability and Queues, XIII). Its ratio follows from the mean length seen while
/// something waits, which is learned with forgetting; so steady service times and bursty clients each get the bound
/// that suits them, and a load step stands out after as few requests as chance allows.
class usual_queue
{
public:
  /// Longer than this it is by luck once in `1 / chance` looks. `busy`: share of capacity in use by the known load,
  /// the ratio as long as nothing was learned.
  double bound(double busy, double chance) const;

  /// A look: so many wait (at least 1). Not told of queues beyond the bound, those are steps.
  void seen(std::uint32_t waiting);

  /// A step was answered at `now`, when so many waited; the new instances are ready after `start` and have worked that
  /// queue off after a further `wait`.
  void answered(instant now, std::uint32_t waiting, duration start, duration wait);
  /// Is the last step still being answered? It is until its instances are there, and then as long as the queue is not
  /// longer than it was.
  bool being_answered(instant now, std::uint32_t waiting) const;
  /// Requests per second by which the queue has grown since the last step; 0 where that was long ago.
  double growth(instant now, std::uint32_t waiting) const;

private:
  double mean_ = 0; ///< of waiting while something waits
  int looks_ = 0;
  instant answered_at_{};
  instant started_at_{};
  instant until_{};
  std::uint32_t answered_length_ = 0;
};

} // namespace pilotlight::decide
