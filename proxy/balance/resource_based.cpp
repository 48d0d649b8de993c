#include "proxy/balance/resource_based.hpp"

namespace pilotlight::balance {
namespace {

constexpr double least_left = 0.05; ///< one at its limit still takes what nobody else has room for

/// Share that is left of `limit`, or of `stand_in` if there is none.
double left(double used, double limit, double stand_in)
{
  auto const of = limit > 0 ? limit : stand_in;
  return of > 0 ? std::clamp(1 - used / of, least_left, 1.0) : 1.0;
}

} // namespace

std::optional<std::size_t> resource_based::pick(std::span<candidate const> candidates, request const&)
{
  auto most_cores = 0.0;
  std::uint64_t most_memory = 0;
  for (auto const& each : candidates) {
    most_cores = std::max(most_cores, each.cores);
    most_memory = std::max(most_memory, each.memory);
  }
  std::optional<std::size_t> best;
  auto most = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    if (!takes_one(one)) continue;
    auto const cpu = left(one.cores, one.cores_limit, 2 * most_cores);
    auto const memory = left(static_cast<double>(one.memory), static_cast<double>(one.memory_limit),
                             2 * static_cast<double>(most_memory));
    auto const room = std::min(cpu, memory) / load_with_one_more(one);
    if (best && room <= most) continue;
    best = i;
    most = room;
  }
  return best;
}

} // namespace pilotlight::balance
