#include "proxy/control/gather.hpp"

#include <algorithm>

namespace pilotlight::control {
namespace {

using decide::duration;
using pool::instance_state;

duration micro(std::chrono::nanoseconds value)
{
  return std::chrono::duration_cast<duration>(value);
}

decide::instance_facts facts_of(pool::instance const& one, collect::usage_sampler const& usage, clock::time_point now)
{
  auto facts = decide::instance_facts();
  auto const used = usage.of(one.process.pid());
  facts.number = one.number;
  facts.ready = one.state == instance_state::ready;
  facts.draining = one.state == instance_state::draining || one.state == instance_state::stopping;
  facts.in_flight = static_cast<std::uint32_t>(one.in_flight.size());
  facts.cores = used.cores;
  facts.bytes = used.pss;
  if (one.in_flight.empty()) facts.idle = micro(now - std::max(one.last_answer, one.created));
  facts.health = static_cast<int>(one.health_score);
  facts.service = micro(one.service);
  return facts;
}

} // namespace

std::vector<pid_t> processes_of(pool::model const& one)
{
  auto pids = std::vector<pid_t>{one.zygote_pid()};
  for (auto const& each : one.instances())
    pids.push_back(each->process.pid());
  return pids;
}

decide::model_facts quick_facts_of(pool::model const& one, clock::time_point now)
{
  auto facts = decide::model_facts();
  facts.model = one.index();
  facts.at = one.at();
  for (auto const& each : one.instances()) {
    facts.ready += each->state == instance_state::ready;
    facts.starting += each->state == instance_state::starting;
    facts.draining += each->state == instance_state::draining || each->state == instance_state::stopping;
  }
  // On its way although nothing is forked yet.
  if (one.starting() && facts.starting == 0 && one.wanted() > 0) facts.starting = 1;
  facts.waiting = static_cast<std::uint32_t>(one.waiting());
  facts.in_flight = static_cast<std::uint32_t>(one.running());
  if (auto const oldest = one.oldest_arrival()) facts.oldest_wait = micro(now - *oldest);
  facts.service = micro(one.service_time());
  if (one.idle() && one.begun()) facts.idle = micro(now - one.idle_since());
  if (one.idle() && !one.begun() && one.last_used() != clock::time_point()) facts.idle = micro(now - one.last_used());
  facts.health = one.health_score().value_or(100);
  facts.cannot_start = one.state() == decide::model_state::failed || one.disabled();
  return facts;
}

decide::model_facts facts_of(pool::model& one, collect::usage_sampler const& usage, clock::time_point now)
{
  auto facts = quick_facts_of(one, now);
  for (auto const& each : one.instances()) {
    facts.instances.push_back(facts_of(*each, usage, now));
    facts.cores += facts.instances.back().cores;
    bool const busy = each->state == instance_state::ready && !each->in_flight.empty();
    if (busy && !usage.of(each->process.pid()).measured) ++facts.unmeasured;
    if (each->state == instance_state::ready) facts.threads += static_cast<double>(each->threads) / facts.ready;
  }
  facts.cores += usage.of(one.zygote_pid()).cores;
  auto* const seen = one.counted();
  if (!seen) return facts;
  auto const tick = seen->take_tick(now);
  facts.concurrency = tick.concurrency;
  facts.arrived = tick.arrived;
  facts.completed = tick.completed;
  facts.failed = tick.failed;
  if (!one.begun() && tick.arrived == 0) return facts;
  auto const lately = seen->latency().summary(now, collect::window::ten_seconds);
  facts.p50 = micro(lately.p50);
  facts.p95 = micro(lately.p95);
  facts.p99 = micro(lately.p99);
  return facts;
}

decide::start_costs costs_of(pool::model const& one, collect::usage_sampler const& usage, std::uint64_t zygote_bytes)
{
  using decide::rung;
  auto costs = one.measured_costs();
  auto const place = [](rung which) { return static_cast<std::size_t>(which); };
  if (zygote_bytes > 0) costs.bytes[place(rung::zygote)] = zygote_bytes;
  auto const weights = usage.of(one.zygote_pid()).pss;
  if (weights == 0) return costs;
  auto instances = std::uint64_t{0};
  auto count = std::uint64_t{0};
  for (auto const& each : one.instances())
    if (auto const bytes = usage.of(each->process.pid()).pss; bytes > 0) {
      instances += bytes;
      ++count;
    }
  costs.bytes[place(rung::model_zygote)] = weights;
  if (count > 0) costs.bytes[place(rung::instance)] = weights + instances / count;
  return costs;
}

} // namespace pilotlight::control
