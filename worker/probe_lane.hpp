// What does the proxy ask beside the requests? The worker's side of the probe lane: heartbeats are answered here,
// canaries are kept for whoever runs forwards. Shared memory only; waits while the proxy does not take answers.
#pragma once
#include "worker/channel.hpp"

#include <cstdint>
#include <deque>

namespace pilotlight::worker {

class probe_lane
{
public:
  explicit probe_lane(channel const& with);

  /// Answers every heartbeat that is there and keeps the canaries. Allowed wherever no forward runs.
  void take();
  /// `take` or `pop_canary` would find something.
  bool has_work() { return !canaries_.empty() || has_new(); }
  /// The same, where no canary can run: while a reply waits for room.
  bool has_new() { return canaries_.size() < probe_entries && !probes_.empty(); }
  bool has_canary() const { return !canaries_.empty(); }
  /// The oldest canary that was kept; false when there is none.
  bool pop_canary(submission& asked);

  /// An answer to a probe; rings the proxy if it sleeps.
  void push(completion const& done);
  bool broken() const { return probes_.broken(); }

private:
  channel channel_;
  ring_consumer<submission> probes_;
  ring_producer<completion> answers_;
  std::deque<submission> canaries_; ///< at most probe_entries: the proxy asks no more at once
  std::uint32_t beats_ = 0;
};

} // namespace pilotlight::worker
