// The loop of an instance: take a submission, run the model, push a completion, sleep when there is nothing to do.
// Probes come between any two requests, before those that wait. Blocks. Allocates nothing of its own once it is warm.
#pragma once
#include "worker/channel.hpp"
#include "worker/execution.hpp"
#include "worker/idle.hpp"
#include "worker/probe_lane.hpp"
#include "worker/progress.hpp"
#include "worker/replies.hpp"
#include "worker/taken.hpp"

namespace pilotlight::worker {

class serving
{
public:
  serving(channel const& with, execution run, bool spin);

  /// Returns when the proxy is gone or has broken the protocol: then there is nobody to serve.
  void run();

private:
  bool serve(submission const& asked);
  bool has_work() { return lane_.has_work() || !submissions_.empty() || broken(); }
  bool broken() const { return submissions_.broken() || lane_.broken() || replies_.broken(); }

  channel channel_;
  execution execution_;
  ring_consumer<submission> submissions_;
  probe_lane lane_;
  progress progress_;
  replies replies_;
  idle idle_; ///< until a request or a probe comes
  taken taken_;
};

} // namespace pilotlight::worker
