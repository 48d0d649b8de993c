#include "worker/serve.hpp"

#include "worker/clock.hpp"

namespace pilotlight::worker {

serving::serving(channel const& with, execution run, upkeep care, batch_dimensions where, pace_limits limits, bool spin)
    : channel_(with), execution_(std::move(run)), upkeep_(care), requests_(with, where.inputs),
      join_(execution_, std::move(where)), pace_(limits), lane_(with), progress_(with.memory.header().progress),
      replies_(with, lane_, progress_), idle_(channel_.own, with.memory.header().worker_sleeps, with.control, spin)
{
}

void serving::run()
{
  auto asked = submission();
  while (!broken()) {
    lane_.take();
    upkeep_.take(lane_.take_adjustment());
    requests_.take(pace_.on() ? ring_entries : 1);
    if (lane_.pop_canary(asked)) {
      if (!serve_canary(asked)) return;
    } else if (!requests_.empty()) {
      if (!serve_next()) return;
    } else if (upkeep_.pending()) {
      upkeep_.in_quiet(progress_);
    } else if (!idle_.wait([this] { return has_work(); })) {
      return;
    }
  }
}

bool serving::serve_canary(submission const& asked)
{
  take_up(asked, channel_.requests, canary_);
  return serve(canary_);
}

bool serving::serve_next()
{
  auto facts = batch_facts();
  if (!gather(facts)) return false;
  if (lane_.has_canary()) return true; // it came while more were waited for, and goes first
  auto const members = requests_.release();
  auto const served = members.size() > 1 ? serve_batch(members, facts) : serve(*members.front());
  auto const& done = members.front()->done;
  if (members.size() == 1 && facts.rows != 0) {
    facts.forward_ns = done.compute_ns + done.compute_excess_us * std::uint64_t{1000};
    if (done.status == fault::none) pace_.learn(facts);
  }
  requests_.recycle();
  return served;
}

bool serving::serve(taken& request)
{
  auto& done = request.done;
  done.started_ns = monotonic_ns();
  done.batch_size = 1;
  done.batch_place = 0;
  if (request.probe) {
    progress_.begin_probe(done.request, done.started_ns);
  } else {
    progress_.count_turns(1);
    progress_.begin({&done.request, 1}, done.started_ns);
  }
  auto const why = execution_.run(request, channel_.requests);
  auto const sent = why ? replies_.send(request, *why) : replies_.send(request, execution_.outputs());
  execution_.clear();
  return sent;
}

} // namespace pilotlight::worker
