#include "proxy/balance/response_time.hpp"

#include <cmath>

namespace pilotlight::balance {
namespace {

constexpr double sink = 10e9;    ///< ns in which an average without new answers sinks to 1/e
constexpr double penalty = 1e15; ///< above any latency

/// exp(-age / sink); exact enough without the exponential where the age is small.
double left_after(moment::duration age)
{
  auto const x = static_cast<double>(std::chrono::nanoseconds(age).count()) / sink;
  if (x <= 0) return 1;
  return x < 1e-4 ? 1 - x : std::exp(-x);
}

} // namespace

std::optional<std::size_t> response_time::pick(std::span<candidate const> candidates, request const& asked)
{
  averages_.align(candidates);
  std::optional<std::size_t> best;
  auto least = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    if (!takes_one(one)) continue;
    auto const& its = averages_[i];
    auto load = its.cost * left_after(asked.now - its.stamp) * load_with_one_more(one);
    if (its.cost <= 0 && one.in_flight > 0) load = penalty * load_with_one_more(one);
    if (best && load >= least) continue;
    best = i;
    least = load;
  }
  return best;
}

void response_time::told(event const& what)
{
  if (what.what == event::kind::gone) return averages_.forget(what.number);
  if (what.what != event::kind::completed || what.failed) return;
  auto* const its = averages_.find(what.number);
  if (!its) return;
  auto const latency = std::max(static_cast<double>(what.latency.count()), 1.0);
  auto const old = its->cost > 0 ? left_after(what.when - its->stamp) : 0.0;
  its->cost = latency > its->cost ? latency : latency * (1 - old) + its->cost * old;
  its->stamp = what.when;
}

} // namespace pilotlight::balance
