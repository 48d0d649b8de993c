#include "proxy/simulate/clairvoyant_policy.hpp"
#include "proxy/simulate/engine.hpp"

#include <algorithm>

namespace pilotlight::simulate {

using decide::action;
using decide::action_kind;
using decide::rung;

clairvoyant_policy::clairvoyant_policy(trace const& of, costs const& costs, integer_schedule const& schedule,
                                       std::uint64_t seed)
    : schedule_(schedule), start_(costs.start.to_answer[0])
{
  for (std::size_t i = 0; i < of.models.size(); ++i) {
    auto const& stretches = of.models[i].stretches;
    models_.push_back({stretches, arrivals(stretches, seed_of(seed, i), costs.service), 0, {}});
    needs_several_ = needs_several_ || std::any_of(stretches.begin(), stretches.end(),
                                                   [&](stretch const& one) { return schedule.instances(one) > 1; });
  }
}

decide::duration clairvoyant_policy::period() const
{
  return needs_several_ ? decide::duration(std::chrono::seconds(1)) : decide::duration(0);
}

/// What the interval under way needs, and the one that begins before the next tick.
int clairvoyant_policy::scheduled(model& of, instant now) const
{
  while (of.at < of.stretches.size() && of.stretches[of.at].begin + of.stretches[of.at].length <= now)
    ++of.at;
  auto most = 1;
  for (auto i = of.at; i < of.stretches.size() && of.stretches[i].begin <= now + std::chrono::milliseconds(1'100); ++i)
    most = std::max(most, schedule_.instances(of.stretches[i]));
  return most;
}

std::vector<action> clairvoyant_policy::tick(std::vector<decide::model_facts>& facts, decide::node_facts const&,
                                             instant now)
{
  auto actions = std::vector<action>();
  auto const say = [&](decide::model_facts const& of, action_kind what, int instances, char const* reason) {
    actions.push_back({.model = of.model, .what = what, .instances = instances, .weights = {}, .reason = reason});
  };
  for (auto& one : facts) {
    auto& known = models_[one.model];
    passed_.clear();
    known.source.take(now, passed_);
    known.next = known.source.next();
    auto const far = known.next > now + start_;
    auto const silent = one.waiting + one.in_flight == 0 && one.starting == 0;
    if (silent && far) {
      if (one.at != rung::zero) say(one, action_kind::rest, 0, "the next request is further away than a start");
      continue;
    }
    auto const wanted = scheduled(known, now);
    if (wanted != one.ready + one.starting) say(one, action_kind::scale, wanted, "the schedule");
  }
  return actions;
}

instant clairvoyant_policy::wake(std::vector<decide::model_facts> const& facts, instant now) const
{
  auto next = instant::max();
  for (auto const& one : facts) {
    auto const& known = models_[one.model];
    if (known.next == instant::max()) continue;
    auto const start = known.next - start_;
    if (one.at == rung::zero) next = std::min(next, std::max(start, now));
  }
  return next;
}

} // namespace pilotlight::simulate
