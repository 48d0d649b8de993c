// What did a strategy learn of each instance? A state per instance number, in the order of the last candidates, so that
// it is found by index while nothing comes or goes. Pure.
#pragma once
#include "proxy/balance/candidate.hpp"

#include <utility>
#include <vector>

namespace pilotlight::balance {

/// Room for `likely_instances` is there from the start; beyond it an instance that is new allocates.
template <class State>
class slots
{
public:
  static constexpr std::size_t likely_instances = 16;

  slots() { entries_.reserve(likely_instances); }

  /// After this, state [i] is that of candidate i: the one of its number, or a fresh one. Those of others are dropped.
  void align(std::span<candidate const> candidates)
  {
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (i >= entries_.size() || entries_[i].number != candidates[i].number) place(i, candidates[i].number);
    if (entries_.size() > candidates.size())
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(candidates.size()), entries_.end());
  }

  State& operator[](std::size_t index) { return entries_[index].state; }

  State* find(int number)
  {
    for (auto& each : entries_)
      if (each.number == number) return &each.state;
    return nullptr;
  }

  State& find_or_add(int number)
  {
    if (auto* const known = find(number)) return *known;
    return entries_.emplace_back(entry{number, State()}).state;
  }

  /// What comes under this number next is another instance.
  void forget(int number)
  {
    if (auto* const known = find(number)) *known = State();
  }

  template <class Use>
  void for_each(Use&& use)
  {
    for (auto& each : entries_)
      use(each.number, each.state);
  }

private:
  struct entry
  {
    int number = 0;
    State state;
  };

  /// What stood at `index` moves behind it, where its own candidate finds it.
  void place(std::size_t index, int number)
  {
    auto found = index;
    while (found < entries_.size() && entries_[found].number != number)
      ++found;
    if (found == entries_.size()) entries_.emplace_back(entry{number, State()});
    if (found != index) std::swap(entries_[index], entries_[found]);
  }

  std::vector<entry> entries_;
};

} // namespace pilotlight::balance
