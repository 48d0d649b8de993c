#include "proxy/control/loop.hpp"

#include "proxy/config/policy_of.hpp"
#include "proxy/execute/give_back.hpp"
#include "proxy/predict/foreseen.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

using decide::action_kind;
using decide::rung;

namespace {

/// Nothing has had to be decided for so many ticks: the proxy rests too.
constexpr auto ticks_to_rest = 3;
/// A queue that grows is looked at this often at most: each look costs some microseconds.
constexpr auto queue_interval = std::chrono::milliseconds(5);

std::string wording(decide::action const& one)
{
  auto text = std::string(to_string(one.what));
  if (one.what == action_kind::scale) text += " to " + std::to_string(one.instances);
  if (one.what == action_kind::rest) text += " at " + std::string(to_string(one.to));
  if (one.number > 0) text += " instance " + std::to_string(one.number);
  return text;
}

/// What explain calls it; nothing: it is only a step of another, or the autoscaler's to decide.
std::optional<action_kind> kept_as(health::action_kind what)
{
  switch (what) {
  case health::action_kind::share: return action_kind::share;
  case health::action_kind::optimise: return action_kind::optimise;
  case health::action_kind::replace:
  case health::action_kind::restart: return action_kind::replace;
  case health::action_kind::reload: return action_kind::reload;
  case health::action_kind::readmit: return action_kind::readmit;
  case health::action_kind::refuse_service: return action_kind::take_out;
  case health::action_kind::emergency_scale:
  case health::action_kind::ask_canary: break;
  }
  return std::nullopt;
}

} // namespace

loop::loop(boost::asio::io_context& io, settings const& config, pool::fleet& models, execute::zygote& zygote,
           collect::usage_sampler& usage, history::store& history, boost::asio::thread_pool& background)
    : config_(config), models_(models), zygote_(zygote), usage_(usage), history_(history), learning_(history),
      health_(io, background, config, models, usage), cores_(config), autoscaler_({}),
      log_(config.control.decisions_kept), timer_(io)
{
}

void loop::start()
{
  configure();
  recall();
  models_.decide_by(this);
  health_.on_action([this](auto const& model, auto const& what) { tell(model, what); });
  started_ = true;
  preload_if_wanted();
  usage_.refresh({}, [this] { tick(); }); // without figures of the node there is nothing to decide by
}

void loop::configure()
{
  stale_ = false;
  by_index_ = models_.all();
  std::sort(by_index_.begin(), by_index_.end(),
            [](auto const* one, auto const* other) { return one->index() < other->index(); });
  cores_.configure();
  cores_.share(models_);
  autoscaler_.configure(policies(), config::policy_of(config_));
  log_.keep(config_.control.decisions_kept);
  health_.configure();
  history_.set_interval(config_.history.save_interval);
  for (auto const* each : by_index_)
    learning_.configure(*each);
  if (started_) preload_if_wanted();
}

void loop::recall()
{
  auto const now = models_.wall().now();
  for (auto* each : by_index_) {
    learning_.recall(*each);
    if (auto const saved = history_.find(each->spec().key, "savings")) each->meter().savings().restore(*saved, now);
    if (auto const saved = history_.find(each->spec().key, "worker_hours"))
      autoscaler_.restore_worker_hours(each->index(), *saved, now);
  }
}

void loop::save()
{
  auto const now = models_.wall().now();
  for (auto const* each : by_index_) {
    if (!each->counted()) continue;
    learning_.save(*each);
    history_.put(each->spec().key, "savings", each->counted()->savings().save(now));
    history_.put(each->spec().key, "worker_hours", autoscaler_.save_worker_hours(each->index()));
  }
}

std::vector<decide::model_policy> loop::policies()
{
  auto all = std::vector<decide::model_policy>();
  for (auto const* each : by_index_) {
    all.push_back(config::policy_of(each->spec().toml.limits, config_.schedules, each->spec().name));
    all.back().sequenced = each->spec().toml.state == state_mode::sequence;
  }
  return all;
}

/// A model that was added or changed a moment ago gets its place in the tables.
void loop::take_up()
{
  if (stale_ || models_.all().size() != by_index_.size()) configure();
}

void loop::wait()
{
  timer_.expires_after(config_.control.tick);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

void loop::tick()
{
  take_up();
  models_.follow_clock();
  auto concerned = std::vector<pool::model*>();
  auto processes = std::vector<pid_t>{zygote_.pid()};
  own_bytes_ = usage_.of(zygote_.pid()).pss;
  for (auto* each : by_index_) {
    own_bytes_ += account(*each);
    // Once more after it has ended: or it would be remembered as it was.
    auto const before = std::exchange(following(*each).concerned, concerns(*each));
    if (!before && !following(*each).concerned) continue;
    concerned.push_back(each);
    auto const its = processes_of(*each);
    processes.insert(processes.end(), its.begin(), its.end());
  }
  if (!concerned.empty()) {
    usage_.refresh(std::move(processes));
    health_.go();
    decide(concerned);
    quiet_ticks_ = 0;
  } else if (++quiet_ticks_ == ticks_to_rest) {
    execute::give_back_memory();
  }
  models_.try_starts();
  wait();
}

/// It has processes or requests, or should have processes without any request.
bool loop::concerns(pool::model const& one) const
{
  auto const& limits = one.spec().toml.limits;
  // One that waits for a place is the fleet's: two who make room would make too much.
  if (!one.begun() && one.state() == decide::model_state::cold_start) return false;
  if (one.begun() || one.inside() != 0 || (one.counted() && one.counted()->pending())) return true;
  return limits.predictive || limits.min_instances > 0 || limits.rest_at != rung::zero || !config_.schedules.empty();
}

void loop::decide(std::span<pool::model* const> models)
{
  auto const now = clock::now();
  auto facts = std::vector<decide::model_facts>();
  for (auto* each : models)
    facts.push_back(collect(*each, now));
  auto const at = models_.wall().at(now);
  carry_out(autoscaler_.tick(facts, node(), at), facts, at);
  keep_zygote();
  tick_took_ = clock::now() - now;
}

decide::node_facts loop::node() const
{
  auto facts = collect::facts_of(usage_.node(), usage_.of(zygote_.pid()).pss);
  auto const& given = config_.resources;
  if (given.cores > 0) facts.cores = std::min(facts.cores, given.cores);
  if (given.memory > 0 && (facts.memory == 0 || given.memory < facts.memory)) {
    auto const left = given.memory > own_bytes_ ? given.memory - own_bytes_ : 0;
    facts.memory_available = facts.memory == 0 ? left : std::min(left, facts.memory_available);
    facts.memory = given.memory;
  }
  return facts;
}

decide::model_facts loop::collect(pool::model& one, clock::time_point now)
{
  auto facts = facts_of(one, usage_, now);
  facts.next_threads = cores_.next_threads(one);
  if (auto const score = health_.emergency(one)) {
    facts.emergency = true;
    facts.health = *score; // it may have no instance by now that could be judged
  }
  facts.costs = costs_of(one, usage_, usage_.of(zygote_.pid()).pss);
  one.weighed(facts.costs);
  if (facts.arrived > 0) learning_.arrived(one, models_.wall().at(now), facts.arrived);
  if (one.spec().toml.limits.predictive) predict(one, facts, now);
  return facts;
}

void loop::predict(pool::model& one, decide::model_facts& facts, clock::time_point now)
{
  auto const* known = learning_.of(one);
  if (!known) return;
  facts.forecast_rate = predict::trusted_rate(known->expect(models_.wall().at(now), predict::look_ahead(facts)));
  if (!one.idle()) return;
  // What was asked for without a request stays as long as without prediction.
  if (auto const asked = one.asked_ahead(); asked && now - *asked < one.spec().toml.limits.scale_to_zero_delay) return;
  auto const idle_since = models_.wall().at(one.begun() ? one.idle_since() : one.last_used());
  auto const advice = learning_.advice(one, models_.wall().at(now), idle_since, facts.costs);
  if (!advice) return;
  predict::rest_by(*advice, facts);
  facts.advice_holds = advice->until - models_.wall().at(now);
  facts.advice = advice->why;
}

/// Bytes that it holds.
std::uint64_t loop::account(pool::model& one)
{
  auto* const counted = one.counted();
  if (!counted) return 0;
  auto bytes = usage_.of(one.zygote_pid()).pss;
  for (auto const& each : one.instances()) {
    auto const used = usage_.of(each->process.pid());
    each->cores = used.cores; // what resource_based and predicted go by
    each->bytes = used.pss;
    each->fair_bytes = cores_.fair_part(node().memory);
    bytes += used.pss;
  }
  counted->holds(models_.wall().now(), static_cast<int>(one.instances().size()), bytes);
  return bytes;
}

void loop::instances_changed()
{
  for (auto* each : by_index_)
    if (each->begun()) account(*each);
  cores_.share(models_);
}

loop::followed& loop::following(pool::model const& one)
{
  return followed_[one.index()];
}

/// Into the log, and to whoever listens.
void loop::tell(std::span<decide::action const> actions, std::span<decide::model_facts const> facts,
                decide::instant now)
{
  for (auto const& each : log_.note(actions, facts, now)) {
    auto const& spec = by_index_[each.what.model]->spec();
    spdlog::log(each.what.what == action_kind::reweigh ? spdlog::level::debug : spdlog::level::info,
                "model {}: {}{}: {}", spec.key, each.what.dry_run ? "(dry run) " : "", wording(each.what),
                each.what.reason);
    if (on_decision_) on_decision_(each, spec);
  }
}

void loop::carry_out(std::span<decide::action const> actions, std::span<decide::model_facts const> facts,
                     decide::instant now)
{
  tell(actions, facts, now);
  for (auto const& each : actions)
    if (!each.dry_run && each.what != action_kind::refuse) carry_out(each, *by_index_[each.model]);
}

void loop::carry_out(decide::action const& one, pool::model& model)
{
  switch (one.what) {
  case action_kind::scale:
    if (one.urgent) health_.emergency_over(model);
    return model.staff(one.instances);
  case action_kind::rest: return model.rest_at(one.to);
  case action_kind::evict: return model.idle() ? model.to_zero(one.reason) : void(); // called meanwhile
  case action_kind::reweigh: return model.reweigh(one.weights);
  case action_kind::replace: // what health has carried out
  case action_kind::share:
  case action_kind::optimise:
  case action_kind::reload:
  case action_kind::readmit:
  case action_kind::take_out:
  case action_kind::refuse: return;
  }
}

/// The zygote alone is a rung too: it stays while some model rests on it.
void loop::keep_zygote()
{
  auto const rests = [](auto const* each) { return each->resting() == rung::zygote; };
  models_.keep_zygote(std::any_of(by_index_.begin(), by_index_.end(), rests));
}

void loop::queue_grew(pool::model& which)
{
  if (which.index() >= by_index_.size()) return; // added a moment ago
  auto const now = clock::now();
  auto& it = following(which);
  if (now - it.queue_seen < queue_interval) return;
  it.queue_seen = now;
  auto facts = quick_facts_of(which, now);
  facts.next_threads = cores_.next_threads(which);
  facts.costs = costs_of(which, usage_, usage_.of(zygote_.pid()).pss);
  auto const at = models_.wall().at(now);
  carry_out(autoscaler_.queue_grew(facts, node(), at), {&facts, 1}, at);
}

void loop::idle_delay_over(pool::model& which)
{
  if (which.index() >= by_index_.size()) return;
  auto* one = &which;
  decide({&one, 1});
}

/// What others have done: requests, a hand, health.
void loop::acted(pool::model const& which, decide::action what)
{
  auto const wanted = what.instances;
  tell(which, std::move(what));
  autoscaler_.asked(which.index(), wanted, models_.wall().now());
}

void loop::tell(pool::model const& which, decide::action one)
{
  take_up();
  one.model = which.index();
  auto const facts = quick_facts_of(which, clock::now());
  tell({&one, 1}, {&facts, 1}, models_.wall().now());
}

void loop::tell(pool::model const& which, health::action const& what)
{
  auto const kind = kept_as(what.what);
  if (!kind) return;
  auto one = decide::action();
  one.what = *kind;
  one.number = what.number;
  one.urgent = what.urgent;
  one.dry_run = which.spec().toml.limits.dry_run;
  one.reason = "health: " + what.reason;
  tell(which, std::move(one));
}

} // namespace pilotlight::control
