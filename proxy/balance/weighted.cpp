#include "proxy/balance/weighted.hpp"

namespace pilotlight::balance {
namespace {

constexpr double memory = 0.99;         ///< a completion counts this much less with each that follows
constexpr double least_completions = 5; ///< before a capacity is believed

/// It serves, now or when one of those inside is done, and was not given weight 0.
bool counts(candidate const& one)
{
  return one.ready && one.health > 0 && one.weight != 0.0;
}

} // namespace

double weighted::weight_of(candidate const& one, standing const& its) const
{
  if (one.weight) return *one.weight * share(one);
  if (its.given > 0) return its.given * share(one);
  // One that was not measured yet is taken for an average one.
  return (its.capacity > 0 ? its.capacity / mean_capacity_ : 1.0) * share(one);
}

std::optional<std::size_t> weighted::pick(std::span<candidate const> candidates, request const&)
{
  standings_.align(candidates);
  auto const last_resort = std::ranges::none_of(candidates, counts);
  std::optional<std::size_t> best;
  auto sum = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto& its = standings_[i];
    if (candidates[i].in_flight == 0) its.inside = 0; // whatever ended without a word
    if (!takes_one(candidates[i]) || !(last_resort || counts(candidates[i]))) continue;
    auto const more = last_resort ? share(candidates[i]) : weight_of(candidates[i], its);
    its.claim += more;
    sum += more;
    if (!best || its.claim > standings_[*best].claim) best = i;
  }
  if (best) standings_[*best].claim -= sum;
  return best;
}

void weighted::told(event const& what)
{
  if (what.what == event::kind::gone) {
    standings_.forget(what.number);
    return average();
  }
  auto* const its = standings_.find(what.number);
  if (!its) return;
  if (what.what == event::kind::submitted) {
    if (its->inside++ == 0) its->busy_since = what.when;
    return;
  }
  if (its->inside == 0) return;
  --its->inside;
  auto const busy = std::chrono::duration<double>(what.when - its->busy_since).count();
  its->busy_since = what.when;
  its->busy = its->busy * memory + std::max(busy, 0.0);
  its->done = its->done * memory + (what.failed ? 0 : 1);
  if (its->done < least_completions || its->busy <= 0) return;
  its->capacity = its->done / its->busy;
  average();
}

void weighted::average()
{
  auto sum = 0.0;
  auto count = 0;
  standings_.for_each([&](int, standing const& each) {
    sum += each.capacity;
    count += each.capacity > 0 ? 1 : 0;
  });
  mean_capacity_ = sum / std::max(count, 1);
}

void weighted::reweigh(std::span<weight const> weights)
{
  standings_.for_each([](int, standing& each) { each.given = 0; });
  for (auto const& each : weights)
    standings_.find_or_add(each.number).given = each.value > 0 ? each.value : 0;
}

} // namespace pilotlight::balance
