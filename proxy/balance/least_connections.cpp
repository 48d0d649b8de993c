#include "proxy/balance/least_connections.hpp"

namespace pilotlight::balance {

std::optional<std::size_t> least_loaded(std::span<candidate const> candidates)
{
  std::optional<std::size_t> best;
  auto least = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!takes_one(candidates[i])) continue;
    auto const load = load_with_one_more(candidates[i]);
    if (best && load >= least) continue;
    best = i;
    least = load;
  }
  return best;
}

} // namespace pilotlight::balance
