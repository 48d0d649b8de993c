#include "proxy/balance/pick.hpp"

#include <algorithm>

namespace pilotlight::balance {

namespace {

/// Index of the nth candidate (from 0) that takes one.
std::size_t nth(std::span<candidate const> candidates, std::uint64_t n)
{
  std::size_t i = 0;
  for (;; ++i)
    if (takes_one(candidates[i]) && n-- == 0) return i;
}

std::optional<std::size_t> least_connections(std::span<candidate const> candidates)
{
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (takes_one(candidates[i]) && (!best || candidates[i].in_flight < candidates[*best].in_flight)) best = i;
  return best;
}

/// 32 random bits to [0, n) without a division.
std::uint64_t scaled(std::uint64_t bits32, std::uint64_t n)
{
  return (bits32 * n) >> 32U;
}

std::size_t better_of_two(std::span<candidate const> candidates, std::uint64_t open, std::uint64_t chance)
{
  auto const first_nth = scaled(chance & 0xffff'ffffU, open);
  auto const first = nth(candidates, first_nth);
  if (open == 1) return first;
  auto second_nth = scaled(chance >> 32U, open - 1);
  if (second_nth >= first_nth) ++second_nth; // two different ones
  auto const second = nth(candidates, second_nth);
  return candidates[second].in_flight < candidates[first].in_flight ? second : first;
}

} // namespace

std::optional<std::size_t> pick(std::span<candidate const> candidates, strategy how, std::uint64_t turn,
                                std::uint64_t chance)
{
  if (how == strategy::least_connections) return least_connections(candidates);
  auto const open = static_cast<std::uint64_t>(std::ranges::count_if(candidates, takes_one));
  if (open == 0) return std::nullopt;
  return how == strategy::round_robin ? nth(candidates, turn % open) : better_of_two(candidates, open, chance);
}

} // namespace pilotlight::balance
