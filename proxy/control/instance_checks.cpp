// The checks of one instance: which are due, what they find, and what follows for the instance.
#include "proxy/control/health_rounds.hpp"

#include "proxy/config/policy_of.hpp"
#include "proxy/health/detailed.hpp"
#include "proxy/health/score.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

using health::check;
using health::duration;
using pool::instance_state;

namespace {

/// A sick instance is thought about again so often.
constexpr auto again_after = std::chrono::minutes(1);
constexpr auto lately = std::chrono::minutes(10);

duration micro(std::chrono::nanoseconds value)
{
  return std::chrono::duration_cast<duration>(value);
}

duration executing(channel::progress const& now)
{
  return micro(pool::clock::now() - pool::clock::time_point(std::chrono::nanoseconds(now.since_ns)));
}

} // namespace

void health_rounds::go(pool::model& one, watched_model& seen, pool::instance& which)
{
  if (which.state == instance_state::starting || which.state == instance_state::stopping) return;
  auto const how = config::policy_of(one.spec().toml.limits.health);
  auto const now = models_.wall().now();
  auto [at, fresh] = seen.instances.try_emplace(which.number);
  auto& it = at->second;
  if (fresh) {
    it.created = which.created;
    it.agenda = health::plan(one.index(), which.number, now, how);
  }
  hear(one, seen, which, it);
  if (!which.channel->lacks_room())
    it.cramped.reset();
  else if (!it.cramped)
    it.cramped = now;
  auto const progress = which.channel->progress();
  auto signs = health::vital_signs();
  if (progress.busy()) signs.executing = executing(progress);
  signs.turns = progress.turns;
  signs.execution_timeout = one.spec().toml.limits.execution_timeout;
  auto const alive = it.heart.look(signs, now, how);
  auto const sick = alive == health::liveness::hung || alive == health::liveness::dead;
  if (sick) take(one, seen, which, it, health::judge_basic(alive, signs, how));
  auto const occupied = health::occupation{true, which.state == instance_state::draining, !which.in_flight.empty()};
  for (auto const due : health::take_due(it.agenda, now, occupied, how))
    if (!sick || due != check::basic) check(one, seen, which, it, due, signs, alive);
  which.health_score = it.standing.score().value_or(100);
  if (it.standing.at() < health::level::unhealthy || now - it.sick_asked < again_after) return;
  it.sick_asked = now;
  auto around = situation(one, seen, which);
  around.again = true;
  auto change =
      health::level_change{health::level::healthy, it.standing.at(), which.health_score, it.standing.worst_sentence()};
  carry_out(one, seen, health::react_instance(change, around));
}

/// Takes what has come back on the probe lane.
void health_rounds::hear(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it)
{
  while (auto const answer = which.channel->take_probe()) {
    auto const id = answer->done.request;
    if (id == it.heartbeat) {
      it.heartbeat = 0;
      it.heart.answered(models_.wall().now());
    } else if (id == it.canary) {
      it.canary = 0;
      it.canary_block = {};
      rule(one, seen, which, it, *answer);
    }
  }
}

void health_rounds::check(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it,
                          health::check what, health::vital_signs const& signs, health::liveness alive)
{
  switch (what) {
  case check::basic:
    if (it.heart.may_send() && which.channel->probe({++last_probe_, 0, 0, heartbeat})) {
      it.heartbeat = last_probe_;
      it.heart.sent(models_.wall().now());
    }
    return take(one, seen, which, it,
                health::judge_basic(alive, signs, config::policy_of(one.spec().toml.limits.health)));
  case check::detailed: return take(one, seen, which, it, detailed(one, which, it));
  case check::performance:
    if (auto const found = performance(seen, which, it)) {
      it.performed = health::passed(*found);
      take(one, seen, which, it, *found);
    }
    return;
  case check::functional:
    if (seen.trusted != health::trust::out_of_service) ask_canary(one, seen, which, it);
    return;
  }
}

health::finding health_rounds::detailed(pool::model const& one, pool::instance& which, watched_instance& it)
{
  auto const now = models_.wall().now();
  auto const used = usage_.of(which.process.pid());
  auto facts = health::detailed_facts();
  auto seen = health::work_seen();
  seen.when = now;
  if (auto const times = collect::read_process_times(which.process.pid())) seen.cpu = micro(times->cpu);
  seen.finished = micro(std::exchange(which.busy, {}));
  if (auto const running = which.channel->progress(); running.request != 0) seen.running = executing(running);
  auto const done = it.work.take(seen);
  facts.cores = done.cores;
  facts.busy_share = done.busy_share;
  facts.compute_threads = which.threads;
  facts.spins = config_.worker.spin;
  facts.threads = used.threads;
  facts.threads_at_ready = it.threads_at_ready;
  if (it.threads_at_ready == 0) it.threads_at_ready = used.threads;
  facts.bytes = used.pss;
  facts.room = usage_.node().memory_available;
  if (used.pss > 0) it.memory.add(now, used.pss);
  facts.leak = it.memory.certain();
  if (it.cramped) facts.without_room = now - *it.cramped;
  facts.zygote_gone = one.zygote_pid() <= 0;
  return health::judge_detailed(facts);
}

std::optional<health::finding> health_rounds::performance(watched_model& seen, pool::instance& which,
                                                          watched_instance const& it)
{
  auto& times = which.compute_times;
  if (times.size() < health::baseline_policy().fewest_answers) return std::nullopt;
  auto sample = health::performance_sample();
  sample.answered = times.size();
  for (auto const each : times)
    sample.busy += duration(each);
  auto const middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  sample.median = duration(*middle);
  sample.siblings_passed = std::any_of(seen.instances.begin(), seen.instances.end(), [&](auto const& entry) {
    return &entry.second != &it && entry.second.performed;
  });
  times.clear();
  return seen.baseline.take(sample);
}

void health_rounds::take(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it,
                         health::finding found)
{
  auto const now = models_.wall().now();
  if (!health::passed(found)) failures_.add({now, one.spec().key, which.number, found});
  auto const certain = found.certain;
  auto const hung = certain && found.what == check::basic;
  auto const change = it.standing.take(std::move(found), now, config::policy_of(one.spec().toml.limits.health));
  if (!change) return;
  spdlog::warn("model {}: instance {} is {} (score {}){}{}", one.spec().key, which.number,
               health::to_string(change->to), change->score, change->sentence.empty() ? "" : ": ", change->sentence);
  it.sick_asked = now;
  auto around = situation(one, seen, which);
  around.certain = certain;
  if (hung) judge(one, seen, true);
  carry_out(one, seen, health::react_instance(*change, around));
}

health::instance_situation health_rounds::situation(pool::model const& one, watched_model& seen,
                                                    pool::instance const& which) const
{
  auto around = health::instance_situation();
  around.now = models_.wall().now();
  around.model = one.spec().key;
  around.number = which.number;
  around.sequence = !which.sequence.empty();
  for (auto const& each : one.instances())
    around.ready_elsewhere += each.get() != &which && each->state == instance_state::ready && each->health_share > 0;
  around.room = static_cast<int>(one.instances().size()) < one.spec().toml.limits.max_instances;
  while (!seen.replaced.empty() && around.now - seen.replaced.front() > lately)
    seen.replaced.pop_front();
  around.replaced_lately = static_cast<int>(seen.replaced.size());
  around.model_reloads = seen.trusted == health::trust::reloading;
  around.out_of_service = seen.trusted == health::trust::out_of_service;
  return around;
}

} // namespace pilotlight::control
