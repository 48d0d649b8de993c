#include "proxy/balance/consistent_hash.hpp"

#include "proxy/balance/hash_key.hpp"
#include "proxy/balance/least_connections.hpp"

#include <cmath>

namespace pilotlight::balance {
namespace {

std::uint64_t rank_bits(std::uint64_t key, int number)
{
  return mixed(key ^ (static_cast<std::uint64_t>(static_cast<std::uint32_t>(number) + 1U) * 0x9e37'79b9'7f4a'7c15U));
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
  auto const each_share = bound_ * inside / shares;
  auto const none = candidates.size();
  auto within = none;  // first in rank that is below its bound
  auto anybody = none; // first in rank that has room at all
  auto best_within = -1.0;
  auto best_anybody = -1.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    if (!takes_one(one)) continue;
    auto const bits = rank_bits(asked.key, one.number);
    // The order by bits is the order by rank where all shares are equal: the logarithm is spared.
    auto const its = alike ? static_cast<double>(bits >> 11U) : rank(bits, share(one));
    // Selections, not branches: which one is first is as good as random, and cannot be predicted.
    anybody = its > best_anybody ? i : anybody;
    best_anybody = std::max(its, best_anybody);
    auto const bounded = one.in_flight < each_share * share(one) ? its : -1.0;
    within = bounded > best_within ? i : within;
    best_within = std::max(bounded, best_within);
  }
  if (anybody == none) return std::nullopt;
  return within != none ? within : anybody;
}

} // namespace pilotlight::balance
