// What does the proxy ask beside the requests? The worker's side of the probe lane: heartbeats are answered here,
// canaries are kept for whoever runs forwards. Shared memory only; waits while the proxy does not take answers.
#pragma once
#include "worker/channel.hpp"

#include <cstdint>
#include <deque>
#include <utility>

namespace pilotlight::worker {

/// What the proxy wants changed of this instance.
struct adjustment
{
  std::uint32_t threads = 0; ///< intra-op, from now on; 0: as they are
  bool refresh = false;      ///< warm up again when nothing waits
};

class probe_lane
{
public:
  explicit probe_lane(channel const& with);

  /// Answers every heartbeat that is there, keeps the canaries and the adjustments. Allowed wherever no forward runs.
  void take();
  /// `take` or `pop_canary` would find something.
  bool has_work() { return !canaries_.empty() || has_new(); }
  /// The same, where no canary can run: while a reply waits for room.
  bool has_new() { return canaries_.size() < probe_entries && !probes_.empty(); }
  /// What was ordered since the last call, the latest of each kind.
  adjustment take_adjustment() { return std::exchange(ordered_, {}); }
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
  adjustment ordered_;
  std::uint32_t beats_ = 0;
};

} // namespace pilotlight::worker
