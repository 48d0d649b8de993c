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

holding busy(model_index model)
{
  holding one;
  one.model = model;
  one.loaded = true;
  return one;
}
/// The longer ago it was used, the less it is worth.
holding idle(model_index model, std::chrono::seconds used)
{
  auto one = busy(model);
  one.idle = true;
  one.value = static_cast<double>(used.count());
  one.bytes = 10;
  return one;
}
holding leaving(model_index model)
{
  auto one = busy(model);
  one.leaving = true;
  one.bytes = 10;
  return one;
}
holding starting(model_index model)
{
  auto one = busy(model);
  one.starting = true;
  return one;
}
waiting_start waits(model_index model, std::size_t held = 1, std::chrono::seconds since = 0s)
{
  auto const wanted = place_wanted{.model = model, .first = true, .first_bytes = 10};
  return {wanted, held, clock_point{since}};
}

models victims(room_plan const& plan)
{
  models all;
  for (auto const& one : plan.evict)
    all.push_back(one.model);
  return all;
}

/// A node whose memory nobody limits.
room_plan plan_room(std::span<holding const> loaded, std::span<waiting_start const> waiting, node_policy const& policy)
{
  return pilotlight::decide::plan_room(loaded, waiting, node_facts(), policy);
}

} // namespace

TEST_CASE("room: who can have no place keeps nobody from starting; who waits for one that leaves keeps its turn")
{
  auto large = waits(1, 9), larger = waits(2, 8), small = waits(3, 1);
  large.wanted.first_bytes = larger.wanted.first_bytes = 1'000;
  auto node = node_facts();
  node.memory = node.memory_available = 100;
  waiting_start const waiting[] = {large, larger, small};
  auto const plan = pilotlight::decide::plan_room({}, waiting, node, {2, 9});
  CHECK(plan.start == models{3});
  CHECK(plan.refused.size() == 2);
  auto going = leaving(4);
  going.bytes = 2'000;
  auto const kept = pilotlight::decide::plan_room({&going, 1}, waiting, node, {1, 9});
  CHECK(kept.start.empty());
}

TEST_CASE("priority: the higher one starts first, the lower one makes room, a higher one never does")
{
  auto first = waits(1, 9);
  auto second = waits(2, 1);
  second.wanted.priority = 5;
  waiting_start const waiting[] = {first, second};
  CHECK(plan_room({}, waiting, {1, 1}).start == models{2});
  auto precious = idle(3, 1s);
  precious.priority = 1;
  holding const loaded[] = {precious, idle(4, 9s)};
  CHECK(victims(plan_room(loaded, {waiting, 1}, {2, 2})) == models{4});
  holding const only[] = {precious};
  auto const plan = plan_room(only, {waiting, 1}, {2, 1});
  CHECK(plan.evict.empty());
  REQUIRE(plan.refused.size() == 1);
  CHECK(plan.refused[0].lacking == "1 model is loaded, max_loaded_models allows no more, and none is idle that may go");
}

TEST_CASE("room: a model that its policy keeps there makes room for a higher priority only")
{
  auto kept = idle(1, 1s);
  kept.pinned = true;
  auto start = waits(2);
  CHECK(plan_room({&kept, 1}, {&start, 1}, {2, 1}).evict.empty());
  start.wanted.priority = 1;
  CHECK(victims(plan_room({&kept, 1}, {&start, 1}, {2, 1})) == models{1});
}

TEST_CASE("room: memory that is not there is made by an idle model, or waited for")
{
  node_facts node;
  node.memory = 100;
  node.memory_available = 8;
  auto const sleeper = idle(1, 1s);
  auto const start = waits(2);
  auto plan = pilotlight::decide::plan_room({&sleeper, 1}, {&start, 1}, node, {2, 5});
  CHECK(plan.start.empty());
  REQUIRE(plan.evict.size() == 1);
  CHECK(plan.evict[0].in_favour_of == 2);
  auto const gone = leaving(1);
  plan = pilotlight::decide::plan_room({&gone, 1}, {&start, 1}, node, {2, 5});
  CHECK(plan.start.empty());
  CHECK(plan.evict.empty());
  node.memory_available = 18;
  CHECK(pilotlight::decide::plan_room({}, {&start, 1}, node, {2, 5}).start == models{2});
}

TEST_CASE("room: who starts and who makes room")
{
  struct one
  {
    std::string_view what;
    std::vector<holding> loaded;
    std::vector<waiting_start> waiting;
    node_policy limits;
    models start;
    models evict;
  };
  std::vector<one> const table{
      {"nothing to do", {}, {}, {2, 5}, {}, {}},
      {"idle models stay while nobody wants their place", {idle(1, 1s), idle(2, 2s)}, {}, {2, 2}, {}, {}},
      {"a free place is taken", {busy(1)}, {waits(2)}, {2, 5}, {2}, {}},
      {"the most popular first", {}, {waits(1, 1), waits(2, 9), waits(3, 5)}, {2, 5}, {2, 3}, {}},
      {"of equals the longest waiting", {}, {waits(1, 3, 20s), waits(2, 3, 10s)}, {1, 5}, {2}, {}},
      {"parallel starts bound it", {starting(1)}, {waits(2), waits(3)}, {2, 5}, {2}, {}},
      {"no slot, no eviction", {starting(1), idle(2, 1s)}, {waits(3)}, {1, 2}, {}, {}},
      {"the least valuable idle one makes room", {idle(1, 9s), idle(2, 3s), busy(3)}, {waits(4)}, {2, 3}, {}, {2}},
      {"a busy one never does", {busy(1), busy(2)}, {waits(3)}, {2, 2}, {}, {}},
      {"one that is leaving already counts", {leaving(1), idle(2, 1s)}, {waits(3)}, {2, 2}, {}, {}},
      {"leaving holds its place until it is gone", {leaving(1)}, {waits(2)}, {2, 1}, {}, {}},
      {"one eviction for each that lacks a place",
       {idle(1, 1s), idle(2, 2s), idle(3, 3s)},
       {waits(4), waits(5)},
       {5, 3},
       {},
       {1, 2}},
      {"some start, the rest waits for room", {idle(1, 1s), busy(2)}, {waits(4, 9), waits(5, 1)}, {5, 3}, {4}, {1}},
      {"one that leaves makes room for one", {leaving(1), idle(2, 1s)}, {waits(3), waits(4)}, {2, 2}, {}, {2}},
      {"a model whose old processes leave waits for them alone", {leaving(1), idle(2, 1s)}, {waits(1)}, {2, 2}, {}, {}},
      {"a lowered limit is made up for", {idle(1, 1s), idle(2, 2s), idle(3, 3s)}, {waits(4)}, {2, 2}, {}, {1, 2}},
      {"no place at all evicts nobody", {idle(1, 1s)}, {waits(2)}, {2, 0}, {}, {}},
      {"no start allowed evicts nobody", {idle(1, 1s)}, {waits(2)}, {0, 1}, {}, {}},
  };
  for (auto const& row : table) {
    CAPTURE(std::string(row.what));
    auto const plan = plan_room(row.loaded, row.waiting, row.limits);
    CHECK(plan.start == row.start);
    CHECK(victims(plan) == row.evict);
  }
}

TEST_CASE("room: never over a limit, never a busy model, never more than needed")
{
  std::mt19937 random(3);
  for (int run = 0; run < 20'000; ++run) {
    node_policy const limits{static_cast<int>(random() % 4), static_cast<int>(random() % 6)};
    std::vector<holding> loaded;
    std::size_t under_way = 0;
    std::size_t going = 0;
    for (model_index i = 0, count = static_cast<model_index>(random() % 7); i < count; ++i) {
      auto const kind = random() % 4;
      auto const used = std::chrono::seconds(random() % 50);
      loaded.push_back(kind == 0 ? idle(i, used) : kind == 1 ? leaving(i) : kind == 2 ? starting(i) : busy(i));
      going += kind == 1 ? 1U : 0U;
      under_way += kind == 2 ? 1U : 0U;
    }
    std::vector<waiting_start> waiting(random() % 6);
    for (std::size_t i = 0; i < waiting.size(); ++i)
      waiting[i] = waits(static_cast<model_index>(100 + i), random() % 4, std::chrono::seconds(random() % 9));

    auto const plan = plan_room(loaded, waiting, limits);
    auto const most = static_cast<std::size_t>(limits.max_loaded);
    if (!plan.start.empty()) {
      CHECK(loaded.size() + plan.start.size() <= most);
      CHECK(under_way + plan.start.size() <= static_cast<std::size_t>(limits.parallel_starts));
    }
    auto const evicted = victims(plan);
    std::set<model_index> const once(evicted.begin(), evicted.end());
    CHECK(once.size() == evicted.size());
    double most_valuable = 0;
    for (auto const index : evicted) {
      auto const& one = loaded.at(index);
      CHECK((one.idle && !one.leaving && !one.starting));
      most_valuable = std::max(most_valuable, one.value);
    }
    for (auto const& one : loaded)
      if (one.idle && !evicted.empty() && !once.contains(one.model)) CHECK(one.value >= most_valuable);
    std::size_t const surplus = loaded.size() > most ? loaded.size() - most : 0;
    CHECK(evicted.size() <= waiting.size() - plan.start.size() + surplus);
    if (plan.start.size() == waiting.size() || going >= waiting.size() + surplus) CHECK(evicted.empty());
  }
}

TEST_CASE("room: everybody who waits gets a place in the end when models fall idle")
{
  node_policy const limits{1, 2};
  std::vector<holding> loaded;
  std::vector<waiting_start> waiting;
  for (model_index i = 0; i < 7; ++i)
    waiting.push_back(waits(i, i));
  std::set<model_index> served;
  for (int turn = 0; turn < 40; ++turn) {
    auto const plan = plan_room(loaded, waiting, limits);
    auto const evicted = victims(plan);
    std::erase_if(loaded, [](auto const& one) { return one.leaving; });
    for (auto& one : loaded) {
      if (one.starting) one = idle(one.model, std::chrono::seconds(turn));
      if (std::ranges::count(evicted, one.model) != 0) one = leaving(one.model);
    }
    for (auto const index : plan.start) {
      loaded.push_back(starting(index));
      std::erase_if(waiting, [&](auto const& one) { return one.wanted.model == index; });
      served.insert(index);
    }
    CHECK(loaded.size() <= static_cast<std::size_t>(limits.max_loaded));
  }
  CHECK(served.size() == 7);
}
