#include "proxy/decide/capacity.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <set>

using namespace pilotlight::decide;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

node_facts node_with(std::uint64_t available_mib, double cores = 4)
{
  node_facts node;
  node.cores = cores;
  node.memory = 1'000 * mebibyte;
  node.memory_available = available_mib * mebibyte;
  return node;
}

holding idle(model_index model, double value, int priority = 0)
{
  holding one;
  one.model = model;
  one.loaded = one.idle = true;
  one.value = value;
  one.priority = priority;
  one.bytes = 100 * mebibyte;
  return one;
}

place_wanted first(model_index model, std::uint64_t mib, int priority = 0)
{
  return {.model = model, .priority = priority, .first = true, .first_bytes = mib * mebibyte};
}

} // namespace

TEST_CASE("capacity: the least valuable idle model goes, by priority first, and no more than needed")
{
  std::vector<holding> const held{idle(1, 5), idle(2, 1), idle(3, 0.5, 1), idle(4, 2)};
  capacity one(node_with(50), {2, 9}, held);
  auto given = one.place(first(9, 120, 1));
  CHECK(given.instances == 0);
  CHECK(given.evict == std::vector<model_index>{2});
  CHECK(given.lacking.find("120 MiB") != std::string::npos);

  capacity two(node_with(50), {2, 9}, held);
  CHECK(two.place(first(9, 240, 1)).evict == std::vector<model_index>{2, 4});
  capacity three(node_with(50), {2, 9}, held);
  CHECK(three.place(first(9, 600, 1)).evict.empty()); // all together would not do
  capacity four(node_with(50), {2, 9}, std::span(held).subspan(2, 1));
  CHECK(four.place(first(9, 120, 0)).evict.empty()); // of a higher priority
}

TEST_CASE("capacity: busy, pinned and leaving models stay out of it")
{
  auto busy = idle(1, 0);
  busy.idle = false;
  auto pinned = idle(2, 0);
  pinned.pinned = true;
  auto leaving = idle(3, 0);
  leaving.leaving = true;
  std::vector<holding> const held{busy, pinned, leaving};
  capacity one(node_with(50), {2, 9}, held);
  auto given = one.place(first(9, 120));
  CHECK(given.evict.empty());
  CHECK(given.lacking.find("leaving") != std::string::npos); // its memory is on its way
  capacity two(node_with(50), {2, 9}, held);
  CHECK(two.place(first(9, 240, 1)).evict == std::vector<model_index>{2}); // a higher priority breaks a floor
}

TEST_CASE("capacity: places of models, starts and cores are counted")
{
  std::vector<holding> held{idle(1, 1), idle(2, 2)};
  capacity places(node_with(900), {2, 2}, held);
  CHECK(places.place(first(9, 10)).evict == std::vector<model_index>{1});

  held[0].starting = true;
  capacity slots(node_with(900), {1, 9}, held);
  CHECK(slots.place(first(9, 10)).lacking.find("parallel_starts") != std::string::npos);

  held[0].cores = 3;
  held[0].starting = false;
  capacity cores(node_with(900), {2, 9}, held);
  auto const given = cores.place({.model = 2, .loaded = true, .instances = 3, .first_bytes = mebibyte});
  CHECK(given.instances == 1); // one core is left
  CHECK(given.lacking.find("cores") != std::string::npos);
  auto const more = cores.place(first(9, 10));
  CHECK(more.instances == 1); // a first one is never refused for lack of a core
}

TEST_CASE("capacity: memory_scale_up holds for further instances, and promised memory is gone")
{
  std::vector<holding> held{idle(1, 1)};
  held[0].idle = false;
  capacity one(node_with(250), {9, 9}, held);
  place_wanted more{.model = 1,
                    .loaded = true,
                    .instances = 4,
                    .first_bytes = 20 * mebibyte,
                    .further_bytes = 20 * mebibyte,
                    .threads = 0,
                    .memory_limit = 80};
  CHECK(one.place(more).instances == 2); // 200 of 1,000 MiB stay free
  CHECK(one.place(more).instances == 0);
  CHECK(one.place(first(9, 210)).instances == 1);
  held[0].coming = 240 * mebibyte;
  capacity two(node_with(250), {9, 9}, held);
  CHECK(two.place(first(9, 20)).instances == 0);
  auto pressed = node_with(900);
  pressed.memory_pressure = 30;
  capacity three(pressed, {9, 9}, {});
  CHECK(three.place(more).instances == 0);
}
