// Waiting requests -> an instance's ring -> their completions. Deadlines, hung forwards, and what a death leaves
// behind.
#include "proxy/pool/model.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {
namespace {

/// A request that waits longer than this has its client watched: it may have gone.
constexpr auto watch_after = std::chrono::milliseconds(20);

} // namespace

void model::pump()
{
  if (sequenced()) return pump_sequences();
  if (waiting_.empty() || held_) return;
  auto const now = clock::now();
  while (!waiting_.empty()) {
    auto& request = waiting_.front();
    auto const chosen = choose(request, now);
    if (!chosen) break;
    waiting_.pop_front();
    if (!submit(request, *instances_[*chosen])) {
      waiting_.push_front(request);
      break;
    }
  }
  if (!waiting_.empty() && begun_ && !stopping_) around_.fleet.queue_grew(*this);
}

bool model::submit(pending& request, instance& to)
{
  auto const flags = request.alone ? std::uint32_t{run_alone} : 0;
  if (!to.channel->submit({request.id, request.table_offset, request.table_length, flags})) return false;
  request.phase = phase::running;
  request.on = &to;
  request.times.submitted = clock::now();
  request.times.hold = request.times.submitted - request.times.arrived;
  if (request.cold) request.times.start = share_of(start_, request.times.arrived, request.times.submitted);
  to.in_flight.push_back(&request);
  tell_submitted(request);
  return true;
}

void model::ring()
{
  for (auto const& each : instances_)
    each->channel->ring();
}

bool model::drain()
{
  auto any = false;
  // By index: a completion can start instances, never remove one (that is for a reaped process).
  // NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    auto& from = *instances_[i];
    if (from.in_flight.empty() && from.channel->probes_out() == 0) continue;
    auto took = false;
    while (auto const done = from.channel->take()) {
      took = true;
      take(from, *done);
    }
    if (from.channel->broken() && from.state != instance_state::stopping)
      distrust(from, 0, "impossible index or block");
    any = any || took;
  }
  if (any) pump();
  return any;
}

bool model::prepare_sleep()
{
  for (auto const& each : instances_)
    if (!each->in_flight.empty() && !each->channel->prepare_sleep()) return false;
  return true;
}

void model::woken()
{
  for (auto const& each : instances_)
    if (!each->in_flight.empty()) each->channel->woken();
}

void model::take(instance& from, completion const& done)
{
  auto* request = around_.requests.find(done.request);
  if (!request || request->on != &from) return distrust(from, 0, "it answered a request that it was not given");
  auto block = from.channel->block_of(done);
  auto const anybody = request->phase == phase::running && !request->abandoned;
  auto error = std::optional<failure>();
  if (!channel::is_known(done.status)) return distrust(from, done.request, "unknown status");
  if (done.status != fault::none)
    error = failure{done.status, block ? channel::sentence_in(block, done.table_length) : "the model failed"};
  else if (auto const read = anybody ? request->answer.read(std::move(block), done.table_length) : result<void>();
           !read)
    return distrust(from, done.request, read.error().sentence);
  from.in_flight.erase(std::find(from.in_flight.begin(), from.in_flight.end(), request));
  from.last_answer = clock::now();
  tell_completed(*request, from, from.last_answer, error.has_value());
  if (++from.served == 1) breaker_ = decide::after_success(breaker_);
  learn(*request, from, done);
  finish(*request, std::move(error));
  if (from.state == instance_state::draining && from.in_flight.empty()) drain_instance(from);
}

/// It published nonsense: nothing of it is believed any more, and the request that it answered so shares the blame.
void model::distrust(instance& which, std::uint64_t request, std::string_view why)
{
  spdlog::error("model {}: instance {} corrupted its channel and is ended: {}", spec_.key, which.number, why);
  which.channel->distrust();
  which.death.corrupt = true;
  which.corrupt_request = request;
  which.state = decide::next(which.state, decide::instance_event::kill);
  which.process.kill();
}

void model::learn(pending const& request, instance& by, completion const& done)
{
  auto const compute = std::chrono::nanoseconds(done.compute_ns) + std::chrono::microseconds(done.compute_excess_us);
  auto const input = std::chrono::nanoseconds(done.input_ns);
  auto const output = std::chrono::nanoseconds(done.output_ns);
  auto const submitted = request.times.submitted.time_since_epoch().count();
  auto const queued = std::max<std::int64_t>(0, static_cast<std::int64_t>(done.started_ns) - submitted);
  auto& times = const_cast<pending&>(request).times;
  times.queue = std::chrono::nanoseconds(queued);
  times.input = input;
  times.compute = compute;
  times.output = output;
  // Those of a batch have shared its forward.
  auto const total = (input + compute) / std::max<int>(done.batch_size, 1) + output;
  if (request.cold && by.served == 1) measure_start(input + compute + output);
  service_ = service_.count() == 0 ? total : (service_ * 7 + total) / 8;
  by.busy += total;
  if (by.compute_times.size() < pool::instance::most_compute_times)
    by.compute_times.push_back(static_cast<std::uint32_t>(compute.count() / 1'000));
  by.service = by.service.count() == 0 ? total : (by.service * 7 + total) / 8;
  ++statistics_.inference_count;
  if (done.batch_place == 0) ++statistics_.execution_count;
  statistics_.last_inference_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  statistics_.queue.add(static_cast<std::uint64_t>((times.hold + times.queue).count()));
  statistics_.compute_input.add(static_cast<std::uint64_t>(input.count()));
  statistics_.compute_infer.add(static_cast<std::uint64_t>(compute.count()));
  statistics_.compute_output.add(static_cast<std::uint64_t>(output.count()));
}

/// The first answer after a start from zero: what each rung below would have saved of it.
void model::measure_start(std::chrono::nanoseconds first_answer)
{
  if (start_.ready == clock::time_point()) return;
  auto const beyond = std::max(std::chrono::nanoseconds(0), first_answer - service_);
  auto const since = [&](clock::time_point part) {
    return std::chrono::duration_cast<std::chrono::microseconds>(start_.ready - part + beyond);
  };
  // The shared zygote may have been there already: what it costs is added as measured, not as this start was lucky.
  auto const from_zygote = since(start_.spawned);
  costs_.to_answer = {from_zygote + around_.zygote.start_time(), from_zygote, since(start_.loaded),
                      std::chrono::microseconds(0)};
}

/// What becomes of the requests inside. True: one of them is blamed for this end, and will be tried once more.
bool model::judge_inside(instance& dead)
{
  auto const seen = dead.channel->progress();
  auto requests = std::vector<decide::inside>();
  for (auto* request : dead.in_flight) {
    auto const executing = std::find(seen.batch.begin(), seen.batch.end(), request->id) != seen.batch.end();
    // Which one of a batch it was can only be told when each runs by itself.
    request->alone = request->alone || executing;
    requests.push_back({request->id, executing || request->id == dead.corrupt_request, request->blamed,
                        request->abandoned || request->phase == phase::done, sequenced()});
  }
  auto const fates = decide::judge(dead.death, requests);
  auto const why = decide::cause(dead.death, limits_->execution_timeout.count());
  auto const inside = std::exchange(dead.in_flight, {});
  // From the last to the first, so that they stand in their old order at the front.
  for (auto i = inside.size(); i-- > 0;) {
    auto& request = *inside[i];
    switch (fates[i]) {
    case decide::fate::rerun_blamed:
      ++request.blamed;
      request.blame = why;
      [[fallthrough]];
    case decide::fate::rerun:
      request.on = nullptr;
      request.phase = phase::waiting;
      request.waiting_since = clock::now();
      waiting_.push_front(request);
      break;
    case decide::fate::poison:
      finish(request,
             failure{fault::internal, "this request has ended " + std::to_string(request.blamed + 1) +
                                          " workers of model '" + spec_.name + "' and is not tried again: " + why});
      break;
    case decide::fate::lost:
      finish(request, failure{fault::gone, "sequence '" + request.sequence_id + "' is lost: " + why});
      break;
    case decide::fate::drop: finish(request, failure{fault::cancelled, "nobody waits"}); break;
    }
  }
  return std::find(fates.begin(), fates.end(), decide::fate::rerun_blamed) != fates.end();
}

bool model::needs_sweep() const
{
  auto const starts = [](auto const& each) { return each->state == instance_state::starting; };
  return inside_ != 0 || (zygote_ && !zygote_loaded_) || unpacking_ != 0 || !sequences_.empty() ||
         std::any_of(instances_.begin(), instances_.end(), starts);
}

void model::sweep(clock::time_point now)
{
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& request = *next++;
    auto const waited = now - request.times.arrived;
    if (request.deadline <= now)
      fail(request, {fault::timed_out, "the request's deadline passed while it waited for model '" + spec_.name + "'"});
    else if (now - request.waiting_since > around_.config.hold.max_wait)
      fail(request, {fault::unavailable,
                     "model '" + spec_.name + "' took longer than hold.max_wait" +
                         (waits_for_.empty() ? std::string() : ": " + waits_for_),
                     decide::retry_after(hold_facts(0))});
    else if (request.watch && waited > watch_after)
      std::exchange(request.watch, nullptr)->begin();
  }
  for (auto const& each : instances_)
    check_running(*each, now);
  // A balancer may have left them waiting for a better instance than those that had room.
  if (!waiting_.empty() && !sequenced()) pump();
  if (!sequences_.empty()) sweep_sequences(now);
  auto const start_timeout = limits_->start_timeout;
  if (stalled_ || now - zygote_begun_ <= start_timeout) return;
  if (unpacking_ != 0) {
    stalled_ = true;
    ::kill(unpacking_, SIGKILL);
  } else if (zygote_ && !zygote_loaded_) {
    stalled_ = true;
    if (zygote_.pid() == 0) around_.zygote.replace(); // which has not forked it
    zygote_.kill();
  }
}

/// A forward that runs too long; or a worker that has requests, runs none and answers none (stopped, or stuck between
/// two), unless it waits for slow readers to give back room for its reply.
bool model::hung(instance const& which, clock::time_point now, std::chrono::milliseconds limit) const
{
  auto const seen = which.channel->progress();
  if (seen.busy()) return now - clock::time_point(std::chrono::nanoseconds(seen.since_ns)) > limit;
  if (which.state == instance_state::starting || which.channel->lacks_room()) return false;
  return now - std::max(which.in_flight.front()->times.submitted, which.last_answer) > limit;
}

void model::check_running(instance& which, clock::time_point now)
{
  for (auto* request : which.in_flight) {
    if (request->abandoned || request->phase == phase::done) continue;
    if (request->deadline <= now)
      fail(*request, {fault::timed_out, "the request's deadline passed while model '" + spec_.name + "' ran it"});
    else if (request->watch && now - request->times.arrived > watch_after)
      std::exchange(request->watch, nullptr)->begin();
  }
  if (which.state == instance_state::starting && zygote_loaded_ && now - which.created > limits_->start_timeout) {
    which.failed_reason = "instance not ready within start_timeout";
    which.stalled = true;
    if (which.process.pid() == 0) replace_zygote(); // which has not forked it
    which.process.kill();
  }
  auto const limit = limits_->execution_timeout;
  if (limit.count() == 0 || which.in_flight.empty() || which.state == instance_state::stopping) return;
  if (!hung(which, now, limit)) return;
  which.death.execution_timeout = true;
  which.state = decide::next(which.state, decide::instance_event::kill);
  which.process.kill();
}

} // namespace pilotlight::pool
