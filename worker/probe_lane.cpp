#include "worker/probe_lane.hpp"

#include "worker/clock.hpp"

#include <ctime>

namespace pilotlight::worker {

probe_lane::probe_lane(channel const& with)
    : channel_(with), probes_(with.memory.header().probes, with.memory.probes()),
      answers_(with.memory.header().probe_answers, with.memory.probe_answers())
{
}

void probe_lane::take()
{
  auto asked = submission();
  while (canaries_.size() < probe_entries && probes_.pop(asked)) {
    if (asked.flags & (set_threads | refresh)) {
      if (asked.flags & set_threads) ordered_.threads = asked.table_length;
      ordered_.refresh = ordered_.refresh || (asked.flags & refresh) != 0;
      continue;
    }
    if (!(asked.flags & heartbeat)) {
      canaries_.push_back(asked);
      continue;
    }
    auto done = completion();
    done.request = asked.request;
    done.started_ns = monotonic_ns();
    done.beats = ++beats_;
    push(done);
  }
}

bool probe_lane::pop_canary(submission& asked)
{
  if (canaries_.empty()) return false;
  asked = canaries_.front();
  canaries_.pop_front();
  return true;
}

void probe_lane::push(completion const& done)
{
  while (!answers_.push(done)) {
    // The proxy has room for all that it asks; it is behind.
    auto const pause = timespec{0, 100'000};
    ::nanosleep(&pause, nullptr);
  }
  if (must_ring(channel_.memory.header().proxy_sleeps)) channel_.proxy.ring();
}

} // namespace pilotlight::worker
