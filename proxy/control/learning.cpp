#include "proxy/control/learning.hpp"

#include "proxy/config/policy_of.hpp"

namespace pilotlight::control {
namespace {

constexpr auto kind = std::string_view("predictor");

} // namespace

void learning::recall(pool::model const& one)
{
  auto const saved = history_.find(one.spec().key, kind);
  if (!saved) return;
  auto restored = predict::predictor::restore(*saved, config::predictor_of(one.spec().toml.limits));
  restored.join(fleet_);
  known_.insert_or_assign(one.index(), known{std::move(restored), std::nullopt, false});
}

learning::known& learning::of_called(pool::model const& one)
{
  auto found = known_.find(one.index());
  if (found == known_.end())
    found = known_
                .emplace(one.index(),
                         known{predict::predictor(config::predictor_of(one.spec().toml.limits)), std::nullopt, false})
                .first;
  return found->second;
}

void learning::arrived(pool::model const& one, decide::instant now, std::uint64_t count)
{
  auto& it = of_called(one);
  it.predictor.arrived(now, count);
  it.advice.reset();
  it.changed = true;
}

void learning::configure(pool::model const& one)
{
  auto const found = known_.find(one.index());
  if (found == known_.end()) return;
  found->second.predictor.configure(config::predictor_of(one.spec().toml.limits));
  found->second.advice.reset();
}

predict::predictor const* learning::of(pool::model const& one) const
{
  auto const found = known_.find(one.index());
  return found == known_.end() ? nullptr : &found->second.predictor;
}

std::optional<predict::warmth> learning::advice(pool::model const& one, decide::instant now, decide::instant idle_since,
                                                decide::start_costs const& costs)
{
  auto const found = known_.find(one.index());
  if (found == known_.end()) return std::nullopt;
  auto& it = found->second;
  if (!it.advice || it.advice->until <= now) it.advice = it.predictor.advise(now, idle_since, costs);
  return it.advice;
}

void learning::save(pool::model const& one)
{
  auto const found = known_.find(one.index());
  if (found == known_.end() || !std::exchange(found->second.changed, false)) return;
  history_.put(one.spec().key, kind, found->second.predictor.save());
}

} // namespace pilotlight::control
