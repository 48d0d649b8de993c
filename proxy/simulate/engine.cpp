#include "proxy/simulate/engine.hpp"
#include "proxy/simulate/random.hpp"
#include "proxy/simulate/station.hpp"

#include <algorithm>

namespace pilotlight::simulate {
namespace {

using decide::action_kind;

/// So long the last requests of a trace may take beyond its end.
constexpr auto afterwards = std::chrono::seconds(60);

class replaying
{
public:
  replaying(trace const& trace, costs const& costs, policy& policy, run_options const& options)
      : trace_(trace), costs_(costs), policy_(policy), options_(options), zygote_(costs), now_(trace.begin),
        ticked_(trace.begin), facts_(trace.models.size()), queued_(trace.models.size()), came_(trace.models.size()),
        timeline_(trace.begin, trace.end, trace.models.size())
  {
    node_.cores = options.cores;
    node_.memory = options.memory;
    for (std::size_t i = 0; i < trace.models.size(); ++i) {
      stations_.emplace_back(static_cast<decide::model_index>(i), costs_, zygote_, now_);
      arrivals_.emplace_back(trace.models[i].stretches, seed_of(options.seed, i), costs.service);
    }
  }

  outcome run()
  {
    tick();
    while (now_ < trace_.end || (now_ < trace_.end + afterwards && is_anything_inside())) {
      auto const next = next_end();
      step(now_ < trace_.end ? std::min(next, trace_.end) : next);
      if (is_tick_due())
        tick();
      else
        watch_queues();
      tell();
    }
    return finished();
  }

private:
  /// End of the step that begins now: a short one while anything is inside, else the next thing that can happen.
  instant next_end()
  {
    auto const period = policy_.period();
    wake_ = period > duration(0) ? ticked_ + period : planned_;
    if (!is_quiet()) return std::min(now_ + step_length, wake_);
    auto const arrival = next_arrival();
    if (arrival <= now_) return now_ + step_length;
    // While what was decided by is of this very moment, the policy itself tells when to come back.
    if (ticked_ == now_) wake_ = planned_;
    return std::min(arrival, wake_);
  }

  instant next_arrival()
  {
    auto next = instant::max();
    for (auto& one : arrivals_)
      next = std::min(next, one.next());
    return next;
  }

  /// Nothing inside, nothing under way, and for a policy that is asked each second no more instances than it leaves
  /// alone.
  bool is_quiet() const
  {
    auto const periodic = policy_.period() > duration(0);
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      auto const& one = stations_[i];
      if (one.is_inside(now_) || one.is_changing(now_)) return false;
      if (periodic && one.instances() > policy_.resting_instances(static_cast<decide::model_index>(i))) return false;
    }
    return true;
  }

  bool is_anything_inside() const
  {
    return std::any_of(stations_.begin(), stations_.end(), [&](station const& one) { return one.is_inside(now_); });
  }

  void step(instant to)
  {
    auto instances = 0.0;
    auto mebibytes = zygote_.runs() ? costs_.mebibytes(decide::rung::zygote) : 0.0;
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      auto& one = stations_[i];
      instances += one.instances();
      mebibytes += one.mebibytes();
      timeline_.hold(i, now_, to, one.at());
      auto const is_idle = !one.is_inside(now_) && !one.is_changing(now_);
      if (arrivals_[i].next() >= to && is_idle && one.instances() <= 1) continue;
      batches_.clear();
      arrivals_[i].take(to, batches_);
      hear(i);
      auto const waited = one.tally().waits.over_threshold();
      auto const served = one.tally().waits.count();
      one.refuse_starts(policy_.refuses_start(static_cast<decide::model_index>(i), now_));
      one.run(batches_, to);
      timeline_.count(now_, one.tally().waits.count() - served, one.tally().waits.over_threshold() - waited);
    }
    timeline_.hold(now_, to, instances, mebibytes);
    now_ = to;
  }

  void hear(std::size_t model)
  {
    for (auto const& one : batches_)
      if (one.dense)
        came_[model] += one.count;
      else
        policy_.arrived(static_cast<decide::model_index>(model), one.when, one.count);
  }

  /// A policy without a period is asked when all has become idle. One with a period is asked before the first request
  /// after a long silence, so that the silence is known as such.
  bool is_tick_due() const
  {
    auto const period = policy_.period();
    return now_ >= wake_ || (period > duration(0) ? now_ >= ticked_ + period : is_quiet());
  }

  void watch_queues()
  {
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      auto const waiting = stations_[i].waiting();
      auto const grew = waiting > queued_[i];
      queued_[i] = waiting;
      if (!grew) continue;
      stations_[i].refresh(facts_[i], now_);
      for (auto const& action : policy_.queue_grew(facts_[i], node_, now_))
        perform(action);
    }
  }

  void tick()
  {
    for (std::size_t i = 0; i < came_.size(); ++i)
      if (came_[i] > 0) {
        policy_.arrived(static_cast<decide::model_index>(i), now_ - duration(1), came_[i]);
        came_[i] = 0;
      }
    node_.cores_used = 0;
    auto used = zygote_.runs() ? costs_.mebibytes(decide::rung::zygote) : 0;
    for (std::size_t i = 0; i < stations_.size(); ++i) {
      stations_[i].report(facts_[i], now_);
      node_.cores_used += facts_[i].cores;
      used += stations_[i].mebibytes();
      queued_[i] = stations_[i].waiting();
    }
    node_.memory_available = node_.memory - std::min(node_.memory, static_cast<std::uint64_t>(used * 1048576));
    node_.zygote_bytes = zygote_.runs() ? costs_.start.bytes[1] : 0;
    for (auto const& action : policy_.tick(facts_, node_, now_))
      perform(action);
    planned_ = std::max(policy_.wake(facts_, now_), now_ + duration(1));
    ticked_ = now_;
    ++ticks_;
  }

  void perform(decide::action const& action)
  {
    if (action.dry_run) return;
    auto& one = stations_[action.model];
    switch (action.what) {
    case action_kind::scale: one.scale(action.instances, now_); break;
    case action_kind::rest: one.rest(action.to, now_); break;
    case action_kind::evict: one.rest(decide::rung::zero, now_); break;
    case action_kind::reweigh:
    case action_kind::replace:
    case action_kind::share:
    case action_kind::optimise:
    case action_kind::reload:
    case action_kind::readmit:
    case action_kind::take_out:
    case action_kind::refuse: break; // instances here are equal and healthy
    }
    one.refresh(facts_[action.model], now_);
  }

  void tell()
  {
    if (!options_.progress || ++told_ % 65'536 != 0) return;
    options_.progress(in_seconds(now_ - trace_.begin) / std::max(trace_.seconds(), 1e-6));
  }

  outcome finished()
  {
    auto made = outcome{{}, {}, 0, ticks_, std::move(timeline_)};
    for (auto& one : stations_) {
      one.finish(now_);
      made.models.push_back(one.tally());
      made.total.add(one.tally());
    }
    made.zygote_seconds = zygote_.seconds(now_);
    made.total.mebibyte_seconds += made.zygote_seconds * costs_.mebibytes(decide::rung::zygote);
    return made;
  }

  trace const& trace_;
  costs const& costs_;
  policy& policy_;
  run_options const& options_;
  shared_zygote zygote_;
  instant now_, ticked_;
  instant planned_{}; ///< when the policy wants to be asked, by its last facts
  instant wake_{};    ///< when it will be
  decide::node_facts node_;
  std::vector<station> stations_;
  std::vector<arrivals> arrivals_;
  std::vector<batch> batches_;
  std::vector<decide::model_facts> facts_;
  std::vector<double> queued_;
  std::vector<std::uint64_t> came_; ///< dense arrivals the policy was not told of yet
  simulate::timeline timeline_;
  std::uint64_t ticks_ = 0, told_ = 0;
};

} // namespace

std::uint64_t seed_of(std::uint64_t seed, std::size_t model)
{
  return random_bits(seed * 0x100000001b3 + model).next();
}

outcome replay(trace const& trace, costs const& costs, policy& policy, run_options const& options)
{
  return replaying(trace, costs, policy, options).run();
}

} // namespace pilotlight::simulate
