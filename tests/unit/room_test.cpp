#include "proxy/decide/room.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <set>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

namespace {

using models = std::vector<model_index>;
using clock_point = std::chrono::steady_clock::time_point;

loaded_model busy(model_index model)
{
  return {.model = model};
}
loaded_model idle(model_index model, std::chrono::seconds used)
{
  return {model, true, false, false, clock_point{used}};
}
loaded_model leaving(model_index model)
{
  return {.model = model, .leaving = true};
}
loaded_model starting(model_index model)
{
  return {.model = model, .starting = true};
}
waiting_start waits(model_index model, std::size_t held = 1, std::chrono::seconds since = 0s)
{
  return {model, held, clock_point{since}};
}

} // namespace

TEST_CASE("priority: the higher one starts first, the lower one makes room")
{
  auto first = waits(1, 9);
  auto second = waits(2, 1);
  second.priority = 5;
  waiting_start const waiting[] = {first, second};
  CHECK(plan_room({}, waiting, {1, 1}).start == models{2});
  auto precious = idle(3, 1s);
  precious.priority = 1;
  loaded_model const loaded[] = {precious, idle(4, 9s)};
  CHECK(plan_room(loaded, {waiting, 1}, {2, 2}).evict == models{4});
}

TEST_CASE("room: who starts and who makes room")
{
  struct one
  {
    std::string_view what;
    std::vector<loaded_model> loaded;
    std::vector<waiting_start> waiting;
    room_limits limits;
    models start;
    models evict;
  };
  std::vector<one> const table{
      {"nothing to do", {}, {}, {5, 2}, {}, {}},
      {"idle models stay while nobody wants their place", {idle(1, 1s), idle(2, 2s)}, {}, {2, 2}, {}, {}},
      {"a free place is taken", {busy(1)}, {waits(2)}, {5, 2}, {2}, {}},
      {"the most popular first", {}, {waits(1, 1), waits(2, 9), waits(3, 5)}, {5, 2}, {2, 3}, {}},
      {"of equals the longest waiting", {}, {waits(1, 3, 20s), waits(2, 3, 10s)}, {5, 1}, {2}, {}},
      {"parallel starts bound it", {starting(1)}, {waits(2), waits(3)}, {5, 2}, {2}, {}},
      {"no slot, no eviction", {starting(1), idle(2, 1s)}, {waits(3)}, {2, 1}, {}, {}},
      {"the oldest idle makes room", {idle(1, 9s), idle(2, 3s), busy(3)}, {waits(4)}, {3, 2}, {}, {2}},
      {"a busy one never does", {busy(1), busy(2)}, {waits(3)}, {2, 2}, {}, {}},
      {"one that is leaving already counts", {leaving(1), idle(2, 1s)}, {waits(3)}, {2, 2}, {}, {}},
      {"leaving holds its place until it is gone", {leaving(1)}, {waits(2)}, {1, 2}, {}, {}},
      {"one eviction for each that lacks a place",
       {idle(1, 1s), idle(2, 2s), idle(3, 3s)},
       {waits(4), waits(5)},
       {3, 5},
       {},
       {1, 2}},
      {"some start, the rest waits for room", {idle(1, 1s), busy(2)}, {waits(4, 9), waits(5, 1)}, {3, 5}, {4}, {1}},
      {"a model whose old processes leave waits for them alone", {leaving(1), idle(2, 1s)}, {waits(1)}, {2, 2}, {}, {}},
      {"a lowered limit is made up for", {idle(1, 1s), idle(2, 2s), idle(3, 3s)}, {waits(4)}, {2, 2}, {}, {1, 2}},
      {"no place at all evicts nobody", {idle(1, 1s)}, {waits(2)}, {0, 2}, {}, {}},
      {"no start allowed evicts nobody", {idle(1, 1s)}, {waits(2)}, {1, 0}, {}, {}},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.what));
    auto const plan = plan_room(row.loaded, row.waiting, row.limits);
    CHECK(plan.start == row.start);
    CHECK(plan.evict == row.evict);
  }
}

TEST_CASE("room: never over a limit, never a busy model, never more than needed")
{
  std::mt19937 random(3);
  for (int run = 0; run < 20'000; ++run) {
    room_limits const limits{random() % 6, random() % 4};
    std::vector<loaded_model> loaded(random() % 7);
    std::size_t under_way = 0;
    std::size_t going = 0;
    for (std::size_t i = 0; i < loaded.size(); ++i) {
      auto const kind = random() % 4;
      loaded[i] = {static_cast<model_index>(i), kind == 0, kind == 1, kind == 2,
                   clock_point{std::chrono::seconds(random() % 50)}};
      going += kind == 1 ? 1U : 0U;
      under_way += kind == 2 ? 1U : 0U;
    }
    std::vector<waiting_start> waiting(random() % 6);
    for (std::size_t i = 0; i < waiting.size(); ++i)
      waiting[i] = waits(static_cast<model_index>(100 + i), random() % 4, std::chrono::seconds(random() % 9));

    auto const plan = plan_room(loaded, waiting, limits);
    if (!plan.start.empty()) {
      CHECK(loaded.size() + plan.start.size() <= limits.max_loaded);
      CHECK(under_way + plan.start.size() <= limits.parallel_starts);
    }
    std::set<model_index> const once(plan.evict.begin(), plan.evict.end());
    CHECK(once.size() == plan.evict.size());
    clock_point newest{};
    for (auto const index : plan.evict) {
      auto const& one = loaded.at(index);
      CHECK((one.idle && !one.leaving && !one.starting));
      CHECK(one.last_used >= newest); // oldest first
      newest = one.last_used;
    }
    for (auto const& one : loaded)
      if (one.idle && !plan.evict.empty() && !once.contains(one.model)) CHECK(one.last_used >= newest);
    std::size_t const surplus = loaded.size() > limits.max_loaded ? loaded.size() - limits.max_loaded : 0;
    CHECK(plan.evict.size() <= waiting.size() - plan.start.size() + surplus);
    if (plan.start.size() == waiting.size() || going >= waiting.size() + surplus) CHECK(plan.evict.empty());
  }
}

TEST_CASE("room: everybody who waits gets a place in the end when models fall idle")
{
  room_limits const limits{2, 1};
  std::vector<loaded_model> loaded;
  std::vector<waiting_start> waiting;
  for (model_index i = 0; i < 7; ++i)
    waiting.push_back(waits(i, i));
  std::set<model_index> served;
  for (int turn = 0; turn < 40; ++turn) {
    auto const plan = plan_room(loaded, waiting, limits);
    std::erase_if(loaded, [](auto const& one) { return one.leaving; });
    for (auto& one : loaded) {
      if (one.starting) one = idle(one.model, std::chrono::seconds(turn));
      if (std::ranges::count(plan.evict, one.model) != 0) one = leaving(one.model);
    }
    for (auto const index : plan.start) {
      loaded.push_back(starting(index));
      std::erase_if(waiting, [&](auto const& one) { return one.model == index; });
      served.insert(index);
    }
    CHECK(loaded.size() <= limits.max_loaded);
  }
  CHECK(served.size() == 7);
}
