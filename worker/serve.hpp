// The loop of an instance: take submissions, run the model, push completions, sleep when there is nothing to do. Probes
// come between any two forwards, before the requests that wait. Blocks. Allocates next to nothing once it is warm.
//   serve.cpp        the loop, and one request by itself
//   serve_batch.cpp  several as one forward
#pragma once
#include "worker/backlog.hpp"
#include "worker/batch_join.hpp"
#include "worker/batch_pace.hpp"
#include "worker/channel.hpp"
#include "worker/execution.hpp"
#include "worker/idle.hpp"
#include "worker/probe_lane.hpp"
#include "worker/progress.hpp"
#include "worker/replies.hpp"
#include "worker/taken.hpp"
#include "worker/upkeep.hpp"

#include <string>

namespace pilotlight::worker {

class serving
{
public:
  serving(channel const& with, execution run, upkeep care, batch_dimensions where, pace_limits limits, bool spin);

  /// Returns when the proxy is gone or has broken the protocol: then there is nobody to serve.
  void run();

private:
  // All that give a bool: false when nobody is there any more to answer to.
  bool serve_canary(submission const& asked);
  bool serve_next();
  bool serve(taken& request);
  bool has_work() { return lane_.has_work() || !requests_.ring_empty() || broken(); }
  bool broken() const { return requests_.broken() || lane_.broken() || replies_.broken(); }

  // serve_batch.cpp
  bool gather(batch_facts& facts);
  bool serve_batch(std::span<taken* const> members, batch_facts facts);
  bool send_parts(std::span<taken* const> members);
  bool prove(std::span<taken* const> members, bool alike);
  bool split(std::span<taken* const> members, batch_facts const& facts);
  void give_up(std::string const& why);

  channel channel_;
  execution execution_;
  upkeep upkeep_;
  backlog requests_;
  batch_join join_;
  batch_pace pace_;
  bool proven_ = false;       ///< a batch of different requests has given what these give alone
  bool alike_proven_ = false; ///< one of equal requests has: that says little of others
  probe_lane lane_;
  progress progress_;
  replies replies_;
  idle idle_;    ///< until a request or a probe comes
  taken canary_; ///< the one that runs
  std::vector<std::uint64_t> ids_;
};

} // namespace pilotlight::worker
