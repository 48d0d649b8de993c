// What do CPU, memory, threads and state of this instance say? The detailed check. Pure.
#pragma once
#include "proxy/health/memory_trend.hpp"

#include <cstdint>
#include <optional>

namespace pilotlight::health {

struct detailed_facts
{
  double cores = 0;             ///< CPU in use, cores, mean since the last detailed check
  double busy_share = 0;        ///< 0 to 1: of that time, how much a forward ran; both by work_watch
  int compute_threads = 1;      ///< intra-op threads it may use
  bool spins = false;           ///< worker.spin: burning CPU on an empty ring is what it was told to do
  int threads = 0;              ///< entries of /proc/PID/task; 0: not known
  int threads_at_ready = 0;     ///< the same at its first detailed check; 0: this is the first
  std::uint64_t bytes = 0;      ///< PSS; 0: not known
  std::uint64_t room = 0;       ///< bytes it may still grow by: what the node and the cgroup have left; 0: not known
  std::optional<growth> leak{}; ///< memory_trend::certain()
  duration without_room{0};     ///< so long has it waited for room in its reply arena; 0: it does not
  bool zygote_gone = false;     ///< the process that it was forked from, and that its successor would be
};

/// The worst of four parts:
/// - memory: 100 while the certain growth leaves 12 hours or more; then 79 at 12 hours, 20 at one hour, 0 at none. With
///   `room` unknown: the hours until it has doubled;
/// - CPU in use beyond what its forwards can explain: 100 up to a quarter of a core, then 79, 50 from one core on;
/// - threads beyond those at ready and its compute threads: 100 up to 8, then 79, 30 from 64 on;
/// - state: 40 when it has been without room for a reply for half a minute, or its model zygote is gone.
/// Being fully used is no illness: a busy instance scores 100.
finding judge_detailed(detailed_facts const& facts);

} // namespace pilotlight::health
