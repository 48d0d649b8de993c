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

  /// A look: so many wait (at least 1). What was seen counts once that queue is gone (or stands for `longest`), so a
  /// step that is building up does not pass for usual meanwhile; with `step` none of it ever counts.
  void seen(instant now, std::uint32_t waiting, bool step, duration longest);

  /// For how long the queue has been beyond a configured limit, look after look; told at each of them.
  duration beyond(instant now, bool is_beyond);

  /// A step was answered at `now`, when so many waited; the new instances are ready after `start` and have worked that
  /// queue off after a further `wait`.
  void answered(instant now, std::uint32_t waiting, duration start, duration wait, int more);
  /// Instances that were added at this very instant; 0: none. The same question gets the same answer.
  int added_at(instant now) const { return now == answered_at_ ? added_ : 0; }
  /// Is the last step still being answered? It is until its instances are there, and then as long as the queue is not
  /// longer than it was.
  bool being_answered(instant now, std::uint32_t waiting) const;
  /// Requests per second by which the queue has grown since the last step; 0 where that was long ago.
  double growth(instant now, std::uint32_t waiting) const;

private:
  double mean_ = 0; ///< of waiting while something waits
  double sum_ = 0;  ///< of the looks at the queue that stands now
  int count_ = 0;
  bool step_ = false;
  instant looked_at_{};
  instant stands_since_{};
  int looks_ = 0;
  bool beyond_ = false;
  instant beyond_since_{};
  instant answered_at_{};
  instant started_at_{};
  instant until_{};
  std::uint32_t answered_length_ = 0;
  int added_ = 0;
};

} // namespace pilotlight::decide
