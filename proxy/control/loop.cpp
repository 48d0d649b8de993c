#include "proxy/control/loop.hpp"

#include "proxy/config/policy_of.hpp"
#include "shared/cpu_quota.hpp"

#include <algorithm>
#include <charconv>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

using decide::action_kind;
using decide::rung;

namespace {

/// A queue that grows is looked at this often at most: each look costs some microseconds.
constexpr auto queue_interval = std::chrono::milliseconds(5);
/// How far ahead the load is forecast, at least: a minute's count is what is learned.
constexpr auto shortest_forecast = std::chrono::minutes(1);

} // namespace

loop::loop(boost::asio::io_context& io, settings const& config, pool::fleet& models, execute::zygote& zygote,
           collect::usage_sampler& usage, history::store& history)
    : io_(io), config_(config), models_(models), zygote_(zygote), usage_(usage), history_(history), learning_(history),
      autoscaler_({}), timer_(io)
{
}

void loop::start()
{
  configure();
  for (auto* each : by_index_) {
    learning_.recall(*each);
    auto const now = clock_.now();
    auto& it = following(*each);
    if (auto const saved = history_.find(each->spec().key, "savings")) it.savings.restore(*saved, now);
    auto hours = 0.0;
    if (auto const saved = history_.find(each->spec().key, "worker_hours");
        saved && std::from_chars(saved->data(), saved->data() + saved->size(), hours).ec == std::errc())
      autoscaler_.restore_worker_hours(each->index(), hours, now);
  }
  models_.decide_by(this);
  tick();
}

void loop::configure()
{
  by_index_ = models_.all();
  std::sort(by_index_.begin(), by_index_.end(),
            [](auto const* one, auto const* other) { return one->index() < other->index(); });
  autoscaler_.configure(policies(), config::policy_of(config_));
  for (auto const* each : by_index_)
    learning_.configure(*each);
}

void loop::save()
{
  auto const now = clock_.now();
  for (auto const* each : by_index_) {
    auto const found = followed_.find(each->index());
    if (found == followed_.end() || each->statistics().last_inference_ms == 0) continue;
    learning_.save(*each);
    history_.put(each->spec().key, "savings", found->second.savings.save(now));
    history_.put(each->spec().key, "worker_hours", std::to_string(autoscaler_.used_worker_hours(each->index())));
  }
}

std::vector<decide::model_policy> loop::policies()
{
  auto all = std::vector<decide::model_policy>();
  for (auto const* each : by_index_)
    all.push_back(
        config::policy_of(each->spec().toml.limits, config_.schedules, each->spec().name, threads_for(*each)));
  return all;
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
  if (models_.all().size() != by_index_.size()) configure();
  auto concerned = std::vector<pool::model*>();
  auto processes = std::vector<pid_t>{zygote_.pid()};
  for (auto* each : by_index_) {
    account(*each, clock_.now());
    if (!concerns(*each)) continue;
    concerned.push_back(each);
    auto const its = processes_of(*each);
    processes.insert(processes.end(), its.begin(), its.end());
  }
  if (!concerned.empty()) {
    usage_.refresh(std::move(processes));
    decide(concerned);
  }
  wait();
}

/// It has processes or requests, or should have processes without any request.
bool loop::concerns(pool::model const& one) const
{
  auto const& limits = one.spec().toml.limits;
  auto const* seen = one.seen_traffic();
  if (one.begun() || one.inside() != 0 || (seen && seen->rates.pending())) return true;
  return limits.predictive || limits.min_instances > 0 || limits.rest_at != rung::zero || !config_.schedules.empty();
}

void loop::decide(std::span<pool::model* const> models)
{
  auto const now = clock::now();
  auto facts = std::vector<decide::model_facts>();
  for (auto* each : models)
    facts.push_back(collect(*each, now));
  carry_out(autoscaler_.tick(facts, node(), clock_.at(now)));
  keep_zygote();
}

decide::node_facts loop::node() const
{
  auto facts = collect::facts_of(usage_.node(), usage_.of(zygote_.pid()).pss);
  auto const& given = config_.resources;
  if (given.cores > 0) facts.cores = std::min(facts.cores, given.cores);
  if (given.memory > 0 && (facts.memory == 0 || given.memory < facts.memory)) {
    auto const used = facts.memory > facts.memory_available ? facts.memory - facts.memory_available : 0;
    facts.memory = given.memory;
    facts.memory_available = given.memory > used ? given.memory - used : 0;
  }
  return facts;
}

decide::model_facts loop::collect(pool::model& one, clock::time_point now)
{
  auto facts = facts_of(one, usage_, now);
  facts.costs = costs_of(one, usage_, usage_.of(zygote_.pid()).pss);
  if (facts.arrived > 0) learning_.arrived(one, clock_.at(now), facts.arrived);
  if (one.spec().toml.limits.predictive) predict(one, facts, now);
  return facts;
}

void loop::predict(pool::model& one, decide::model_facts& facts, clock::time_point now)
{
  auto const* known = learning_.of(one);
  if (!known) return;
  auto const start = facts.costs.to_answer[static_cast<std::size_t>(facts.at)];
  facts.forecast_rate = known->expect(clock_.at(now), std::max<decide::duration>(shortest_forecast, start)).rate;
  if (!one.idle()) return;
  auto const idle_since = clock_.at(one.begun() ? one.idle_since() : one.last_used());
  auto const advice = learning_.advice(one, clock_.at(now), idle_since, facts.costs);
  if (!advice) return;
  facts.forecast_floor = advice->at;
  facts.learned_delay = decide::duration(0); // the advice says when: it is taken anew when its time is over
}

void loop::account(pool::model& one, decide::instant now)
{
  if (!followed_.contains(one.index()) && !one.begun()) return;
  auto& it = following(one);
  auto bytes = usage_.of(one.zygote_pid()).pss;
  for (auto const& each : one.instances())
    bytes += usage_.of(each->process.pid()).pss;
  it.savings.update(now, static_cast<int>(one.instances().size()), bytes);
  for (; it.cold_starts < one.cold_starts(); ++it.cold_starts)
    it.savings.cold_start(now);
  auto const* seen = one.seen_traffic();
  if (!seen) return;
  it.savings.answered(now, true, seen->warm - it.warm);
  it.savings.answered(now, false, (seen->answered - it.answered) - (seen->warm - it.warm));
  it.answered = seen->answered;
  it.warm = seen->warm;
}

loop::followed& loop::following(pool::model const& one)
{
  return followed_.try_emplace(one.index(), clock_.now()).first->second;
}

void loop::carry_out(std::span<decide::action const> actions)
{
  for (auto const& each : actions)
    if (each.model < by_index_.size()) carry_out(each, *by_index_[each.model]);
}

void loop::carry_out(decide::action const& one, pool::model& model)
{
  auto& it = following(model);
  auto said = std::string(to_string(one.what));
  if (one.what == action_kind::scale) said += " to " + std::to_string(one.instances);
  if (one.what == action_kind::rest) said += " at " + std::string(to_string(one.to));
  auto const said_before = it.last_said == said + one.reason;
  if (!said_before)
    spdlog::log(one.what == action_kind::reweigh ? spdlog::level::debug : spdlog::level::info, "model {}: {}{}: {}",
                model.spec().key, one.dry_run ? "(dry run) " : "", said, one.reason);
  it.last_said = said + one.reason;
  if (one.dry_run || one.what == action_kind::refuse) return;
  if (one.what != action_kind::reweigh) it.savings.scaled(clock_.now());
  switch (one.what) {
  case action_kind::scale: it.resting = rung::zero; return model.staff(one.instances);
  case action_kind::rest: it.resting = one.to; return model.rest_at(one.to);
  case action_kind::evict: return model.to_zero(one.reason);
  case action_kind::reweigh: return model.reweigh(one.weights);
  case action_kind::replace: return model.replace(one.number);
  case action_kind::refuse: return;
  }
}

/// The zygote alone is a rung too: it stays while some model rests on it.
void loop::keep_zygote()
{
  auto const rests = [](auto const& entry) { return entry.second.resting == rung::zygote; };
  models_.keep_zygote(std::any_of(followed_.begin(), followed_.end(), rests));
}

void loop::queue_grew(pool::model& which)
{
  if (which.index() >= by_index_.size()) return; // added a moment ago
  auto const now = clock::now();
  auto& it = following(which);
  if (now - it.queue_seen < queue_interval) return;
  it.queue_seen = now;
  auto facts = quick_facts_of(which, now);
  facts.costs = costs_of(which, usage_, usage_.of(zygote_.pid()).pss);
  carry_out(autoscaler_.queue_grew(facts, node(), clock_.at(now)));
}

void loop::idle_delay_over(pool::model& which)
{
  if (which.index() >= by_index_.size()) return;
  auto* one = &which;
  decide({&one, 1});
}

/// A share of the cores for each instance that it wants, so that they do not get in each other's way.
int loop::threads_for(pool::model const& which)
{
  auto const cores = config_.resources.cores > 0 ? config_.resources.cores : usable_cpus();
  return std::max(1, static_cast<int>(cores) / std::max(1, which.wanted()));
}

} // namespace pilotlight::control
