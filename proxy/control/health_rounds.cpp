#include "proxy/control/health_rounds.hpp"

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

pool::instance* ready_instance(pool::model const& one)
{
  for (auto const& each : one.instances())
    if (each->state == instance_state::ready && each->sequence.empty()) return each.get();
  return nullptr;
}

} // namespace

health_rounds::health_rounds(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
                             pool::fleet& models, collect::usage_sampler const& usage)
    : io_(io), background_(background), config_(config), models_(models), usage_(usage)
{
}

health::policy health_rounds::policy() const
{
  auto const& given = config_.health;
  auto how = health::policy();
  how.enabled = given.enabled;
  how.intervals = {given.basic_check_interval, given.detailed_check_interval, given.performance_check_interval,
                   given.functional_check_interval};
  how.failure_threshold = given.failure_threshold;
  how.recovery_threshold = given.recovery_threshold;
  return how;
}

void health_rounds::go()
{
  if (!config_.health.enabled) return;
  auto weights = std::vector<health::weighted_score>();
  for (auto* each : models_.all()) {
    auto const found = seen_.find(each->index());
    if (!each->begun() && found == seen_.end()) continue;
    auto& seen = found != seen_.end() ? found->second : seen_[each->index()];
    go(*each, seen);
    judge(*each, seen);
    if (seen.now.score) weights.push_back({*seen.now.score, 1});
  }
  auto const now = models_.wall().now();
  if (auto const change = service_.take(health::service_score(weights), policy()))
    for (auto const& alert : health::react_service(*change, now).alerts)
      on_alert_(alert);
}

void health_rounds::go(pool::model& one, watched_model& seen)
{
  std::erase_if(seen.instances, [&](auto const& entry) {
    auto const here = [&](auto const& each) {
      return each->number == entry.first && each->created == entry.second.created;
    };
    return std::none_of(one.instances().begin(), one.instances().end(), here);
  });
  auto* const first = ready_instance(one);
  if (first && one.zygote_pid() > 0 && seen.loaded != one.zygote_pid()) { // another load than the one that was judged
    auto const before = std::exchange(seen.loaded, one.zygote_pid());
    seen.book.reset();
    seen.asked_disk = seen.disk_answered = false;
    if (before != 0) trust(one, seen, health::evidence::reloaded, "it was loaded anew");
  }
  if (first) open_book(one, seen);
  auto all = std::vector<pool::instance*>(); // what follows from a check may add some
  for (auto const& each : one.instances())
    all.push_back(each.get());
  for (auto* each : all)
    go(one, seen, *each);
  // On trial the answer is waited for: another instance is asked when the one that was has died.
  auto const asked = [](auto const& entry) { return entry.second.canary != 0; };
  if (first && seen.trusted == health::trust::on_trial && seen.disk_answered &&
      std::none_of(seen.instances.begin(), seen.instances.end(), asked))
    if (auto const found = seen.instances.find(first->number); found != seen.instances.end())
      ask_canary(one, seen, *first, found->second);
}

void health_rounds::go(pool::model& one, watched_model& seen, pool::instance& which)
{
  if (which.state == instance_state::starting || which.state == instance_state::stopping) return;
  auto const how = policy();
  auto const now = models_.wall().now();
  auto [at, fresh] = seen.instances.try_emplace(which.number);
  auto& it = at->second;
  if (fresh) {
    it.created = which.created;
    it.agenda = health::plan(one.index(), which.number, now, how);
  }
  hear(one, seen, which, it);
  auto const progress = which.channel->progress();
  auto signs = health::vital_signs();
  if (progress.busy())
    signs.executing = micro(clock::now() - clock::time_point(std::chrono::nanoseconds(progress.since_ns)));
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
  auto around = health::instance_situation();
  around.again = true;
  around.now = now;
  around.model = one.spec().key;
  around.number = which.number;
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
    return take(one, seen, which, it, health::judge_basic(alive, signs, policy()));
  case check::detailed: return take(one, seen, which, it, detailed(which, it));
  case check::performance:
    if (auto const found = performance(seen, which, it)) {
      it.performed = health::passed(*found);
      take(one, seen, which, it, *found);
    }
    return;
  case check::functional: return ask_canary(one, seen, which, it);
  }
}

health::finding health_rounds::detailed(pool::instance& which, watched_instance& it)
{
  auto const used = usage_.of(which.process.pid());
  auto facts = health::detailed_facts();
  facts.cores = used.cores;
  auto const span = clock::now() - std::exchange(which.busy_since, clock::now());
  if (span.count() > 0)
    facts.busy_share = std::clamp(static_cast<double>(std::exchange(which.busy, {}).count()) /
                                      static_cast<double>(std::chrono::nanoseconds(span).count()),
                                  0.0, 1.0);
  facts.compute_threads = which.threads;
  facts.spins = config_.worker.spin;
  facts.threads = used.threads;
  facts.threads_at_ready = it.threads_at_ready;
  if (it.threads_at_ready == 0) it.threads_at_ready = used.threads;
  facts.bytes = used.pss;
  facts.room = usage_.node().memory_available;
  if (used.pss > 0) it.memory.add(models_.wall().now(), used.pss);
  facts.leak = it.memory.certain();
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
  auto const change = it.standing.take(std::move(found), now, policy());
  if (!change) return;
  spdlog::warn("model {}: instance {} is {} (score {}){}{}", one.spec().key, which.number,
               health::to_string(change->to), change->score, change->sentence.empty() ? "" : ": ", change->sentence);
  it.sick_asked = now;
  auto around = health::instance_situation();
  around.model = one.spec().key;
  around.number = which.number;
  around.certain = certain;
  around.sequence = !which.sequence.empty();
  for (auto const& each : one.instances())
    around.ready_elsewhere += each.get() != &which && each->state == instance_state::ready && each->health_share > 0;
  around.room = static_cast<int>(one.instances().size()) < one.spec().toml.limits.max_instances;
  while (!seen.replaced.empty() && now - seen.replaced.front() > lately)
    seen.replaced.pop_front();
  around.replaced_lately = static_cast<int>(seen.replaced.size());
  around.model_reloads = seen.trusted == health::trust::reloading;
  around.now = now;
  carry_out(one, seen, health::react_instance(*change, around));
}

/// The model's own score, of this moment.
void health_rounds::judge(pool::model& one, watched_model& seen)
{
  auto scores = std::vector<int>();
  for (auto const& [number, it] : seen.instances)
    if (auto const score = it.standing.score()) scores.push_back(*score);
  auto parts = health::model_parts();
  parts.instances = scores;
  parts.cannot_start = one.state() == decide::model_state::failed;
  parts.out_of_service = seen.trusted == health::trust::out_of_service;
  parts.accuracy = seen.accuracy;
  seen.now = health::model_score(parts);
  one.judged(seen.now.score.value_or(100));
  auto const change = seen.standing.take(seen.now.score, policy());
  if (!change) return;
  auto around = health::model_situation();
  around.model = one.spec().key;
  around.cannot_start = parts.cannot_start;
  around.out_of_service = parts.out_of_service;
  around.room = static_cast<int>(one.instances().size()) < one.spec().toml.limits.max_instances;
  around.now = models_.wall().now();
  carry_out(one, seen, health::react_model(*change, around));
}

void health_rounds::carry_out(pool::model& one, watched_model& seen, health::reaction const& what)
{
  for (auto const& alert : what.alerts) {
    spdlog::log(alert.how == health::severity::info ? spdlog::level::info : spdlog::level::warn, "alert ({}): {}",
                health::to_string(alert.how), alert.sentence);
    on_alert_(alert);
  }
  for (auto const& action : what.actions)
    carry_out(one, seen, action);
}

void health_rounds::carry_out(pool::model& one, watched_model& seen, health::action const& what)
{
  using health::action_kind;
  spdlog::info("model {}: health: {}{}: {}", one.spec().key, health::to_string(what.what),
               what.number > 0 ? " instance " + std::to_string(what.number) : "", what.reason);
  switch (what.what) {
  case action_kind::share: return one.share(what.number, static_cast<float>(what.share));
  case action_kind::optimise: return one.refresh(what.number);
  case action_kind::replace:
  case action_kind::restart:
    seen.replaced.push_back(models_.wall().now());
    return what.what == action_kind::restart && what.urgent ? one.restart(what.number) : one.replace(what.number);
  case action_kind::emergency_scale: return one.staff(one.wanted() + 1);
  case action_kind::reload: one.hold(true); return one.renew();
  case action_kind::ask_canary: return one.hold(true); // the round that follows asks
  case action_kind::readmit: return one.readmit();
  case action_kind::refuse_service: return one.refuse(what.reason);
  }
}

boost::json::object health_rounds::report(bool draining)
{
  auto all = health::service_report();
  all.draining = draining;
  all.standing = &service_;
  all.failures = &failures_;
  all.now = models_.wall().now();
  for (auto* each : models_.all()) {
    auto& seen = seen_[each->index()];
    auto& one = all.models.emplace_back();
    one.name = each->spec().name;
    one.version = each->spec().version;
    one.now = seen.now;
    one.standing = &seen.standing;
    one.accuracy = seen.accuracy;
    one.trusted = seen.trusted;
    if (seen.book) one.canary = seen.book->wanted() ? "asked" : seen.book->why_not();
    if (!each->spec().error.empty())
      one.unavailable = each->spec().error;
    else if (!each->disabled() && each->state() == decide::model_state::failed)
      one.unavailable = each->reason();
    for (auto const& instance : each->instances()) {
      auto const found = seen.instances.find(instance->number);
      one.instances.push_back({instance->number, instance->state == instance_state::ready,
                               found == seen.instances.end() ? nullptr : &found->second.standing});
    }
  }
  return health::to_json(all);
}

} // namespace pilotlight::control
