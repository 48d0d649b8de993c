#include "proxy/decide/room.hpp"

#include <algorithm>
#include <iterator>

namespace pilotlight::decide {

namespace {

std::size_t less(std::size_t from, std::size_t what)
{
  return from > what ? from - what : 0;
}

/// Those that may start at all, in the order of their turn. A model whose old processes are still there waits for
/// their exit, which needs nobody else's place.
std::vector<waiting_start> by_turn(std::span<loaded_model const> loaded, std::span<waiting_start const> waiting)
{
  std::vector<waiting_start> turn;
  std::ranges::copy_if(waiting, std::back_inserter(turn), [&](waiting_start const& start) {
    return std::ranges::find(loaded, start.model, &loaded_model::model) == loaded.end();
  });
  std::ranges::stable_sort(turn, [](waiting_start const& a, waiting_start const& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    return a.held != b.held ? a.held > b.held : a.since < b.since;
  });
  return turn;
}

std::vector<model_index> oldest_idle(std::span<loaded_model const> loaded, std::size_t count)
{
  std::vector<loaded_model> idle;
  std::ranges::copy_if(loaded, std::back_inserter(idle),
                       [](loaded_model const& one) { return one.idle && !one.leaving && !one.starting; });
  std::ranges::stable_sort(idle, [](loaded_model const& a, loaded_model const& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.last_used < b.last_used;
  });
  std::vector<model_index> chosen;
  for (auto const& one : idle) {
    if (chosen.size() == count) break;
    chosen.push_back(one.model);
  }
  return chosen;
}

} // namespace

room_plan plan_room(std::span<loaded_model const> loaded, std::span<waiting_start const> waiting,
                    room_limits const& limits)
{
  auto const count = [&](bool loaded_model::*what) {
    return static_cast<std::size_t>(std::ranges::count(loaded, true, what));
  };
  std::size_t slots = less(limits.parallel_starts, count(&loaded_model::starting));
  std::size_t places = less(limits.max_loaded, loaded.size());
  std::size_t lacking = 0;

  room_plan plan;
  for (auto const& start : by_turn(loaded, waiting)) {
    if (slots == 0) break;
    --slots;
    if (places > 0) {
      --places;
      plan.start.push_back(start.model);
    } else {
      ++lacking;
    }
  }
  if (lacking > 0 && limits.max_loaded > 0) {
    std::size_t const surplus = less(loaded.size(), limits.max_loaded); // the limit was lowered meanwhile
    plan.evict = oldest_idle(loaded, less(lacking + surplus, count(&loaded_model::leaving)));
  }
  return plan;
}

} // namespace pilotlight::decide
