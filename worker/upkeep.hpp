// What does an instance do for itself, when the proxy asks: other threads, and another warm-up in a quiet moment. Runs
// the model.
#pragma once
#include "shared/messages.hpp"
#include "worker/model.hpp"
#include "worker/probe_lane.hpp"
#include "worker/progress.hpp"

#include <vector>

namespace pilotlight::worker {

class upkeep
{
public:
  /// `may_warm`: a forward leaves no trace in the state. The model and the warm-ups outlive this.
  upkeep(model& served, std::vector<std::vector<warmup_tensor>> const& warmups, bool may_warm)
      : served_(served), warmups_(warmups), may_warm_(may_warm)
  {
  }

  /// Threads at once; the rest waits for `in_quiet`.
  void take(adjustment const& ordered);
  bool pending() const { return pending_; }
  /// Nothing waits: warms up again, and gives freed memory back to the system. `seen` shows meanwhile that it works.
  void in_quiet(progress& seen);

private:
  model& served_;
  std::vector<std::vector<warmup_tensor>> const& warmups_;
  bool may_warm_;
  bool pending_ = false;
};

} // namespace pilotlight::worker
