// How does one side wake the other, and only when it sleeps? An eventfd beside a flag in shared memory. Owns an fd.
#pragma once
#include "shared/failure.hpp"
#include "shared/unique_fd.hpp"

#include <atomic>
#include <cstdint>

namespace pilotlight {

/// Set by the side that is about to sleep on its doorbell, cleared by whoever rings it first.
using sleep_flag = std::atomic<std::uint32_t>;

/// The sleeper's half: announce, look at the ring once more, then sleep; `awake` afterwards.
/// seq_cst exchange: the announcement is ordered before the last look at the ring, as the ringer's push is ordered
/// before its look at the flag; so one of the two always sees the other (a fence would do, but TSan knows none).
inline void announce_sleep(sleep_flag& flag)
{
  flag.exchange(1, std::memory_order_seq_cst);
}
inline void awake(sleep_flag& flag)
{
  flag.store(0, std::memory_order_relaxed);
}
/// The ringer's half, after its push: true when the sleeper must be rung (and has been marked awake).
inline bool must_ring(sleep_flag& flag)
{
  return flag.exchange(0, std::memory_order_seq_cst) != 0;
}

class doorbell
{
public:
  /// Non-blocking, close-on-exec.
  static result<doorbell> make();
  explicit doorbell(unique_fd fd) : fd_(std::move(fd)) {}

  void ring() const;
  /// Takes back all rings so far.
  void clear() const;
  /// Blocks until rung or until `timeout_ms` has passed (-1: for ever); then clears.
  void wait(int timeout_ms) const;
  int fd() const { return fd_.get(); }

private:
  unique_fd fd_;
};

} // namespace pilotlight
