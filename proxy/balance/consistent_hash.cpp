#include "proxy/balance/consistent_hash.hpp"

#include "proxy/balance/hash_key.hpp"
#include "proxy/balance/least_connections.hpp"

#include <cmath>

namespace pilotlight::balance {
namespace {

std::uint64_t rank_bits(std::uint64_t key, int number)
{
  return mixed(key ^ mixed(static_cast<std::uint64_t>(static_cast<std::uint32_t>(number)) + 0x9e37'79b9'7f4a'7c15U));
}

/// Grows with the bits and with the share, so that shares decide how many keys one is first for: share / -ln(u), u the
/// bits as a number in (0, 1).
double rank(std::uint64_t bits, double share)
{
  auto const u = (static_cast<double>(bits >> 11U) + 0.5) * 0x1p-53;
  return share / -std::log(u);
}

} // namespace

std::optional<std::size_t> consistent_hash::pick(std::span<candidate const> candidates, request const& asked)
{
  if (asked.key == 0) return least_loaded(candidates);
  auto inside = 1.0; // with this one
  auto shares = 0.0;
  auto alike = true;
  for (auto const& each : candidates) {
    if (!each.ready || !(each.health > 0)) continue;
    inside += each.in_flight;
    shares += share(each);
    alike = alike && share(each) == 1;
  }
  std::optional<std::size_t> within;  // first in rank that is below its bound
  std::optional<std::size_t> anybody; // first in rank that has room at all
  auto best_within = 0.0;
  auto best_anybody = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    if (!takes_one(one)) continue;
    auto const bits = rank_bits(asked.key, one.number);
    // The order by bits is the order by rank where all shares are equal: the logarithm is spared.
    auto const its = alike ? static_cast<double>(bits >> 11U) : rank(bits, share(one));
    if (!anybody || its > best_anybody) {
      anybody = i;
      best_anybody = its;
    }
    auto const limit = std::ceil(bound_ * inside * share(one) / shares);
    if (one.in_flight >= limit || (within && its <= best_within)) continue;
    within = i;
    best_within = its;
  }
  return within ? within : anybody;
}

} // namespace pilotlight::balance
