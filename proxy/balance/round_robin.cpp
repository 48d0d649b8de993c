#include "proxy/balance/round_robin.hpp"

namespace pilotlight::balance {
namespace {

/// The open one with the lowest number above `last`, else the lowest of all. There is one.
std::size_t following(std::span<candidate const> candidates, std::optional<int> last)
{
  std::optional<std::size_t> next;
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!takes_one(candidates[i])) continue;
    auto const number = candidates[i].number;
    if (!first || number < candidates[*first].number) first = i;
    if ((!last || number > *last) && (!next || number < candidates[*next].number)) next = i;
  }
  return next ? *next : *first;
}

} // namespace

std::optional<std::size_t> round_robin::pick(std::span<candidate const> candidates, request const&)
{
  turns_.align(candidates);
  auto fullest = 0.0;
  for (auto const& each : candidates)
    if (takes_one(each)) fullest = std::max(fullest, share(each));
  if (fullest <= 0) return std::nullopt;
  // The healthiest takes every turn, so this ends within one round.
  for (;;) {
    auto const next = following(candidates, last_);
    last_ = candidates[next].number;
    auto& credit = turns_[next].credit;
    credit += share(candidates[next]) / fullest;
    if (credit < 1) continue;
    credit -= 1;
    return next;
  }
}

} // namespace pilotlight::balance
