#include "proxy/balance/geographic.hpp"

#include "proxy/balance/hash_key.hpp"
#include "proxy/balance/least_connections.hpp"
#include "proxy/balance/slots.hpp"

#include <cmath>

namespace pilotlight::balance {
namespace {

constexpr double smoothing = 0.1;
constexpr double fade = 600e9; ///< ns in which a distance without new measurements sinks to 1/e

} // namespace

geographic::geographic(std::size_t zones) : zones_(std::max<std::size_t>(zones, 1)), distances_(zones_ * zones_)
{
  instances_.reserve(slots<int>::likely_instances);
}

double geographic::ns_between(std::size_t client, std::size_t instance, moment now) const
{
  auto const& its = distances_[client * zones_ + instance];
  auto const age = static_cast<double>(std::chrono::nanoseconds(now - its.stamp).count());
  return its.latency * std::exp(-std::max(age, 0.0) / fade);
}

std::optional<std::size_t> geographic::nearest(std::span<candidate const> candidates, request const& asked,
                                               bool thinned) const
{
  auto const home = known(asked.zone);
  std::optional<std::size_t> best;
  auto best_zone = std::size_t();
  auto best_far = 0.0;
  auto least = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    if (!takes_one(one)) continue;
    if (thinned && share(one) < 1) {
      auto const drawn = mixed(asked.chance + static_cast<std::uint64_t>(one.number)) >> 11U;
      if (static_cast<double>(drawn) * 0x1p-53 >= share(one)) continue;
    }
    auto const zone = known(one.zone);
    auto far = -1.0; // home is nearer than anything measured
    if (zone != home) far = best && zone == best_zone ? best_far : ns_between(home, zone, asked.now);
    auto const load = load_with_one_more(one);
    if (best && (far > best_far || (far == best_far && load >= least))) continue;
    best = i;
    best_zone = zone;
    best_far = far;
    least = load;
  }
  return best;
}

std::optional<std::size_t> geographic::pick(std::span<candidate const> candidates, request const& asked)
{
  instances_.clear();
  for (auto const& each : candidates)
    instances_.push_back({each.number, known(each.zone)});
  if (known(asked.zone) == 0) return least_loaded(candidates);
  auto const found = nearest(candidates, asked, true);
  return found ? found : nearest(candidates, asked, false);
}

void geographic::told(event const& what)
{
  if (what.what != event::kind::completed || what.failed) return;
  auto const its = std::ranges::find(instances_, what.number, &zone_of::number);
  if (its == instances_.end()) return;
  auto& measured = distances_[known(what.zone) * zones_ + its->zone];
  auto const latency = std::max(static_cast<double>(what.latency.count()), 1.0);
  measured.latency = measured.latency > 0 ? measured.latency + smoothing * (latency - measured.latency) : latency;
  measured.stamp = what.when;
}

} // namespace pilotlight::balance
