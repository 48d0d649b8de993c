#include "proxy/balance/two_choices.hpp"

namespace pilotlight::balance {
namespace {

/// Index of the nth open candidate, from 0.
std::size_t nth(std::span<candidate const> candidates, std::uint64_t n)
{
  std::size_t i = 0;
  for (;; ++i)
    if (takes_one(candidates[i]) && n-- == 0) return i;
}

/// 32 random bits to [0, n) without a division.
std::uint64_t scaled(std::uint64_t bits32, std::uint64_t n)
{
  return (bits32 * n) >> 32U;
}

} // namespace

std::optional<std::size_t> two_choices::pick(std::span<candidate const> candidates, request const& asked)
{
  auto const open = static_cast<std::uint64_t>(std::ranges::count_if(candidates, takes_one));
  if (open == 0) return std::nullopt;
  auto const first_nth = scaled(asked.chance & 0xffff'ffffU, open);
  auto const first = nth(candidates, first_nth);
  if (open == 1) return first;
  auto second_nth = scaled(asked.chance >> 32U, open - 1);
  if (second_nth >= first_nth) ++second_nth; // two different ones
  auto const second = nth(candidates, second_nth);
  return load_with_one_more(candidates[second]) < load_with_one_more(candidates[first]) ? second : first;
}

} // namespace pilotlight::balance
