#include "proxy/decide/room.hpp"

#include <algorithm>
#include <iterator>

namespace pilotlight::decide {

namespace {

/// Those that may start at all, in the order of their turn. A model whose old processes are still there waits for
/// their exit, which needs nobody else's place.
std::vector<waiting_start> by_turn(std::span<holding const> loaded, std::span<waiting_start const> waiting)
{
  std::vector<waiting_start> turn;
  std::ranges::copy_if(waiting, std::back_inserter(turn), [&](waiting_start const& start) {
    return std::ranges::find(loaded, start.wanted.model, &holding::model) == loaded.end();
  });
  std::ranges::stable_sort(turn, [](waiting_start const& a, waiting_start const& b) {
    if (a.wanted.priority != b.wanted.priority) return a.wanted.priority > b.wanted.priority;
    return a.held != b.held ? a.held > b.held : a.since < b.since;
  });
  return turn;
}

} // namespace

room_plan plan_room(std::span<holding const> loaded, std::span<waiting_start const> waiting, node_facts const& node,
                    node_policy const& policy)
{
  auto slots = policy.parallel_starts - std::ranges::count(loaded, true, &holding::starting);
  capacity room(node, policy, loaded);
  room_plan plan;
  for (auto const& start : by_turn(loaded, waiting)) {
    if (slots <= 0) break;
    auto given = room.place(start.wanted);
    // It keeps its turn while its room is on its way. One for which there is none keeps nobody from starting.
    if (given.instances > 0 || given.coming) --slots;
    for (auto const victim : given.evict)
      plan.evict.push_back({victim, start.wanted.model});
    if (given.drain) plan.drain.push_back({*given.drain, start.wanted.model});
    if (given.instances > 0)
      plan.start.push_back(start.wanted.model);
    else
      plan.refused.push_back({start.wanted.model, std::move(given.lacking), given.coming});
    if (given.short_of_room) plan.lack_memory.push_back(start.wanted.model);
  }
  return plan;
}

} // namespace pilotlight::decide
