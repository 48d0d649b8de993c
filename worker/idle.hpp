// How does an instance wait: a short spin while that pays, then sleep on its doorbell. Blocks.
#pragma once
#include "shared/doorbell.hpp"
#include "worker/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <poll.h>

namespace pilotlight::worker {

class idle
{
public:
  idle(doorbell const& own, sleep_flag& flag, int control, bool spin)
      : own_(own), flag_(flag), control_(control), spin_ns_(spin ? most_spin_ns : 0)
  {
  }

  /// Until `work()` is true. False: the control socket has something to say, so the proxy is gone.
  template <class Work>
  bool wait(Work work)
  {
    if (spin_ns_ != 0 && spin(work)) return true;
    for (;;) {
      announce_sleep(flag_);
      if (work()) {
        awake(flag_);
        return true;
      }
      if (!sleep(nullptr)) return false;
      awake(flag_);
      if (work()) return true;
    }
  }

  /// The same, but at most until `end_ns` of monotonic_ns().
  template <class Work>
  bool wait_until(std::uint64_t end_ns, Work work)
  {
    for (;;) {
      announce_sleep(flag_);
      auto const now_ns = monotonic_ns();
      if (work() || now_ns >= end_ns) {
        awake(flag_);
        return true;
      }
      auto const left = timespec{static_cast<time_t>((end_ns - now_ns) / 1'000'000'000),
                                 static_cast<long>((end_ns - now_ns) % 1'000'000'000)};
      if (!sleep(&left)) return false;
    }
  }

private:
  static constexpr std::uint64_t most_spin_ns = 20'000;
  static constexpr std::uint64_t least_spin_ns = 1'000;

  /// A spin that finds work is worth a longer one next time, a vain one a shorter one.
  template <class Work>
  bool spin(Work work)
  {
    auto const end = monotonic_ns() + spin_ns_;
    do {
      for (auto turn = 0; turn < 32; ++turn) {
        if (work()) {
          spin_ns_ = std::min(spin_ns_ * 2, most_spin_ns);
          return true;
        }
        __builtin_ia32_pause();
      }
    } while (monotonic_ns() < end);
    spin_ns_ = std::max(spin_ns_ / 2, least_spin_ns);
    return false;
  }

  /// `longest` is nullptr: for ever.
  bool sleep(timespec const* longest) const
  {
    pollfd waiting[] = {{own_.fd(), POLLIN, 0}, {control_, POLLIN, 0}};
    ::ppoll(waiting, 2, longest, nullptr);
    if (waiting[0].revents != 0) own_.clear();
    return waiting[1].revents == 0;
  }

  doorbell const& own_;
  sleep_flag& flag_;
  int control_;
  std::uint64_t spin_ns_;
};

} // namespace pilotlight::worker
