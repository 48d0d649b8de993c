#include "proxy/control/health_rounds.hpp"

#include "proxy/config/policy_of.hpp"
#include "proxy/health/score.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

using pool::instance_state;

namespace {

pool::instance* ready_instance(pool::model const& one)
{
  for (auto const& each : one.instances())
    if (each->current() && each->sequence.empty()) return each.get();
  return nullptr;
}

double requests_of_a_minute(pool::model const& one)
{
  if (!one.counted()) return 0;
  auto const lately = one.counted()->latency().summary(pool::clock::now(), collect::window::minute);
  return static_cast<double>(lately.answered + lately.failed);
}

health_settings const& given(pool::model const& one)
{
  return one.spec().toml.limits.health;
}

} // namespace

health_rounds::health_rounds(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
                             pool::fleet& models, collect::usage_sampler const& usage)
    : io_(io), background_(background), config_(config), models_(models), usage_(usage)
{
}

/// What was found is not true for ever. A canary that is out keeps its block until its answer.
void health_rounds::forget(pool::model& one, watched_model& seen)
{
  seen.standing = {};
  seen.now = {};
  seen.accuracy.reset();
  seen.emergency.reset();
  one.judged(std::nullopt);
  for (auto const& each : one.instances())
    each->health_score = 100;
  std::erase_if(seen.instances, [](auto const& entry) { return entry.second.canary == 0; });
  for (auto& [number, it] : seen.instances)
    it.standing = {};
}

void health_rounds::forget_gone(pool::model& one, watched_model& seen)
{
  std::erase_if(seen.instances, [&](auto const& entry) {
    auto const here = [&](auto const& each) {
      return each->number == entry.first && each->created == entry.second.created;
    };
    return std::none_of(one.instances().begin(), one.instances().end(), here);
  });
  one.drop_arena_if_unused(); // a canary may have been the last that was in it
}

void health_rounds::configure()
{
  auto const judged = [](auto const* each) { return given(*each).enabled; };
  if (std::ranges::none_of(models_.all(), judged)) service_ = {};
  for (auto* each : models_.all()) {
    auto const found = seen_.find(each->index());
    if (found == seen_.end() || (given(*each).enabled && !each->spec().toml.limits.dry_run)) continue;
    found->second.trusted = health::trust::trusted;
    if (!given(*each).enabled) forget(*each, found->second);
    each->readmit();
    for (auto const& instance : each->instances())
      each->share(instance->number, 1);
  }
}

void health_rounds::go()
{
  auto weights = std::vector<health::weighted_score>();
  for (auto* each : models_.all()) {
    auto const found = seen_.find(each->index());
    if (found == seen_.end() && (!each->begun() || !given(*each).enabled)) continue;
    auto& seen = found != seen_.end() ? found->second : seen_[each->index()];
    forget_gone(*each, seen);
    if (!given(*each).enabled) continue;
    go(*each, seen);
    judge(*each, seen);
    if (seen.now.score) weights.push_back({*seen.now.score, 1 + requests_of_a_minute(*each)});
  }
  auto const now = models_.wall().now();
  if (auto const change = service_.take(health::service_score(weights), config::policy_of(config_.limits.health)))
    for (auto const& alert : health::react_service(*change, now).alerts)
      tell(alert);
}

void health_rounds::go(pool::model& one, watched_model& seen)
{
  auto* const first = ready_instance(one);
  if (first && one.zygote_pid() > 0 && seen.loaded != one.zygote_pid()) { // another load than the one that was judged
    if (seen.loaded_by(one.zygote_pid())) trust(one, seen, health::evidence::reloaded, "it was loaded anew");
  }
  if (first) open_book(one, seen);
  auto all = std::vector<pool::instance*>(); // what follows from a check may add some
  for (auto const& each : one.instances())
    all.push_back(each.get());
  for (auto* each : all)
    go(one, seen, *each);
  // On trial the answer is waited for: another instance is asked when the one that was has died.
  auto const asked = [&](auto const& each) {
    auto const found = seen.instances.find(each->number);
    return each->current() && found != seen.instances.end() && found->second.canary != 0;
  };
  if (first && seen.trusted == health::trust::on_trial && seen.disk_answered &&
      std::none_of(one.instances().begin(), one.instances().end(), asked))
    if (auto const found = seen.instances.find(first->number); found != seen.instances.end())
      ask_canary(one, seen, *first, found->second);
}

/// The model's own score, of this moment. `certain`: an instance has just been found hung, and will soon not be there
/// to be judged by.
void health_rounds::judge(pool::model& one, watched_model& seen, bool certain)
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
  one.judged(seen.now.score);
  auto const change =
      seen.standing.take(seen.now.score, config::policy_of(given(one)), certain || parts.out_of_service);
  if (!change) return;
  seen.emergency.reset(); // a critical one asks anew
  auto around = health::model_situation();
  around.model = one.spec().key;
  around.cannot_start = parts.cannot_start;
  around.out_of_service = parts.out_of_service;
  auto const& toml = one.spec().toml;
  around.room = toml.limits.autoscaling && toml.state != state_mode::sequence &&
                static_cast<int>(one.instances().size()) < toml.limits.max_instances;
  around.now = models_.wall().now();
  carry_out(one, seen, health::react_model(*change, around));
}

std::optional<int> health_rounds::emergency(pool::model const& which) const
{
  auto const found = seen_.find(which.index());
  return found == seen_.end() ? std::nullopt : found->second.emergency;
}

void health_rounds::emergency_over(pool::model const& which)
{
  if (auto const found = seen_.find(which.index()); found != seen_.end()) found->second.emergency.reset();
}

/// Into the log, and to whoever listens.
void health_rounds::tell(health::alert const& what) const
{
  spdlog::log(what.how == health::severity::info ? spdlog::level::info : spdlog::level::warn, "alert ({}): {}",
              health::to_string(what.how), what.sentence);
  on_alert_(what);
}

void health_rounds::carry_out(pool::model& one, watched_model& seen, health::reaction const& what)
{
  for (auto const& alert : what.alerts)
    tell(alert);
  for (auto const& action : what.actions)
    carry_out(one, seen, action);
}

void health_rounds::carry_out(pool::model& one, watched_model& seen, health::action const& what)
{
  using health::action_kind;
  auto const dry = one.spec().toml.limits.dry_run;
  spdlog::info("model {}: {}health: {}{}: {}", one.spec().key, dry ? "(dry run) " : "", health::to_string(what.what),
               what.number > 0 ? " instance " + std::to_string(what.number) : "", what.reason);
  if (on_action_) on_action_(one, what);
  if (dry) return;
  switch (what.what) {
  case action_kind::share: return one.share(what.number, static_cast<float>(what.share));
  case action_kind::optimise: return one.refresh(what.number);
  case action_kind::replace:
  case action_kind::restart:
    seen.replaced.push_back(models_.wall().now());
    return what.what == action_kind::restart && what.urgent ? one.restart(what.number) : one.replace(what.number);
  case action_kind::emergency_scale: seen.emergency = seen.now.score; return; // the autoscaler looks for room
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
    if (!given(*each).enabled)
      one.canary = "not checked: autoscaling.health_monitoring.enabled is false";
    else if (seen.book)
      one.canary = seen.book->wanted() ? "asked" : seen.book->why_not();
    if (!each->disabled()) one.unavailable = each->why_not_ready();
    for (auto const& instance : each->instances()) {
      auto const found = seen.instances.find(instance->number);
      one.instances.push_back({instance->number, instance->state == instance_state::ready,
                               found == seen.instances.end() ? nullptr : &found->second.standing});
    }
  }
  return health::to_json(all);
}

} // namespace pilotlight::control
