#include "proxy/decide/decision_log.hpp"

#include <algorithm>
#include <chrono>

namespace pilotlight::decide {

namespace {

constexpr duration merged_within = std::chrono::seconds(60); ///< a repetition later than that is news again
/// What was carried out and is decided once more so soon has not had its effect yet.
constexpr duration takes_effect_within = std::chrono::milliseconds(1'500);

bool repeats(decision const& last, action const& now, instant when)
{
  auto const& before = last.what;
  auto const executed = now.what != action_kind::refuse && !now.dry_run;
  return when - last.last <= (executed ? takes_effect_within : merged_within) && before.what == now.what &&
         before.dry_run == now.dry_run && before.instances == now.instances && before.to == now.to &&
         before.number == now.number && now.what != action_kind::reweigh;
}

/// That one says again; null: none. Of several about one model in one tick (a part of what was wanted, and the refusal
/// of the rest) each is compared with its own.
decision* repeated(std::deque<decision>& kept, action const& now, instant when)
{
  for (auto each = kept.rbegin(); each != kept.rend() && each->last == kept.back().last; ++each)
    if (repeats(*each, now, when)) return &*each;
  return nullptr;
}

} // namespace

facts_then in_short(model_facts const& facts)
{
  return {facts.at,
          facts.ready,
          facts.starting,
          facts.draining,
          facts.waiting,
          facts.in_flight,
          facts.concurrency,
          facts.p95,
          facts.service,
          facts.idle,
          facts.cores,
          facts.forecast_rate,
          facts.forecast_floor,
          facts.advice_holds,
          facts.advice};
}

void decision_log::keep(std::size_t per_model)
{
  kept_ = per_model;
  for (auto& each : models_)
    if (each.size() > kept_) each.erase(each.begin(), each.end() - static_cast<std::ptrdiff_t>(kept_));
}

std::vector<decision> decision_log::note(std::span<action const> actions, std::span<model_facts const> models,
                                         instant now)
{
  std::vector<decision> fresh;
  for (auto const& one : actions) {
    if (one.model >= models_.size()) models_.resize(one.model + 1);
    auto& kept = models_[one.model];
    auto const facts = std::ranges::find(models, one.model, &model_facts::model);
    auto const then = facts != models.end() ? in_short(*facts) : facts_then{};
    if (auto* const last = repeated(kept, one, now)) {
      last->last = now;
      ++last->times;
      last->what.reason = one.reason;
      last->facts = then;
      continue;
    }
    kept.push_back({++count_, now, now, 1, one, then});
    while (kept.size() > kept_)
      kept.pop_front();
    fresh.push_back(kept.back());
  }
  return fresh;
}

std::deque<decision> const& decision_log::of(model_index model) const
{
  static std::deque<decision> const none;
  return model < models_.size() ? models_[model] : none;
}

std::vector<decision> decision_log::after(std::uint64_t number, std::size_t limit) const
{
  std::vector<decision> found;
  for (auto const& kept : models_)
    for (auto one = kept.rbegin(); one != kept.rend() && one->number > number; ++one)
      found.push_back(*one);
  std::ranges::sort(found, {}, &decision::number);
  if (found.size() > limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
  return found;
}

} // namespace pilotlight::decide
