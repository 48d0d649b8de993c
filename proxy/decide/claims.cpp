#include "proxy/decide/claims.hpp"

#include <algorithm>

namespace pilotlight::decide {

namespace {

/// Two ticks of a second, and a half.
constexpr duration measured_within = std::chrono::milliseconds(2'500);

} // namespace

void claims::note(model_index model, bool drained, bool lacks, duration window, instant now)
{
  auto found = std::ranges::find(claims_, model, &claim::model);
  if (found != claims_.end() && now > found->until) {
    claims_.erase(found);
    found = claims_.end();
  }
  if (found == claims_.end()) {
    if (drained) claims_.push_back({model, now, now, now + window});
    return;
  }
  if (drained) found->drained_at = now;
  found->until = drained || lacks ? now + window : now; // what it has just got is nobody else's in this tick
}

bool claims::may_press(model_index model, instant now) const
{
  auto const found = std::ranges::find(claims_, model, &claim::model);
  return found == claims_.end() || now > found->until || found->drained_at == now ||
         now - found->drained_at >= measured_within;
}

model_policy const* claims::ahead_of(int priority, std::span<model_policy const> policies, instant now) const
{
  for (auto const& one : claims_) {
    if (one.model >= policies.size() || one.since == now) continue;
    auto const& owner = policies[one.model];
    if (owner.priority > priority && now <= one.until) return &owner;
  }
  return nullptr;
}

} // namespace pilotlight::decide
