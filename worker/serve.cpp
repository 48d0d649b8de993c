#include "worker/serve.hpp"

#include "worker/clock.hpp"

namespace pilotlight::worker {

serving::serving(channel const& with, execution run, bool spin)
    : channel_(with), execution_(std::move(run)),
      submissions_(with.memory.header().submissions, with.memory.submissions()), lane_(with),
      progress_(with.memory.header().progress), replies_(with, lane_, progress_),
      idle_(channel_.own, with.memory.header().worker_sleeps, with.control, spin)
{
  taken_.table_bytes.reserve(4096);
}

void serving::run()
{
  auto asked = submission();
  while (!broken()) {
    lane_.take();
    if (lane_.pop_canary(asked) || submissions_.pop(asked)) {
      if (!serve(asked)) return;
    } else if (!idle_.wait([this] { return has_work(); })) {
      return;
    }
  }
}

/// False: nobody is there any more to answer to.
bool serving::serve(submission const& asked)
{
  take_up(asked, channel_.requests, taken_);
  auto const now_ns = monotonic_ns();
  taken_.done.started_ns = now_ns;
  if (taken_.probe) {
    progress_.begin_probe(asked.request, now_ns);
  } else {
    progress_.count_turns(1);
    progress_.begin({&asked.request, 1}, now_ns);
  }
  auto const why = execution_.run(taken_, channel_.requests);
  auto const sent = why ? replies_.send(taken_, *why) : replies_.send(taken_, execution_.outputs());
  execution_.clear();
  return sent;
}

} // namespace pilotlight::worker
