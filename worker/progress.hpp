// How does the proxy learn what this instance executes? The writer's side of the progress word. Shared memory only.
#pragma once
#include "shared/segment.hpp"

#include <span>

namespace pilotlight::worker {

class progress
{
public:
  explicit progress(progress_word& word) : word_(word) {}

  /// These requests (at least one, at most max_batch_members) execute from `now_ns` on, in one forward.
  void begin(std::span<std::uint64_t const> requests, std::uint64_t now_ns)
  {
    for (std::size_t i = 0; i < requests.size(); ++i)
      word_.batch[i].store(requests[i], std::memory_order_relaxed);
    word_.members.store(static_cast<std::uint32_t>(requests.size()), std::memory_order_relaxed);
    word_.since_ns.store(now_ns, std::memory_order_relaxed);
    // release: who sees the request sees since when, and with whom.
    word_.request.store(requests.front(), std::memory_order_release);
  }
  void begin_probe(std::uint64_t probe, std::uint64_t now_ns)
  {
    word_.since_ns.store(now_ns, std::memory_order_relaxed);
    word_.probe.store(probe, std::memory_order_release); // as above
  }
  /// Nothing executes: before anything is pushed, so that no completion that can be seen is also "executing".
  void end()
  {
    word_.request.store(0, std::memory_order_release);
    word_.probe.store(0, std::memory_order_release);
  }
  void count_turns(std::uint64_t requests)
  {
    word_.turns.store(word_.turns.load(std::memory_order_relaxed) + requests, std::memory_order_relaxed);
  }

private:
  progress_word& word_;
};

} // namespace pilotlight::worker
