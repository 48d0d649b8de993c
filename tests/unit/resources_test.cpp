#include "proxy/decide/resources.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <random>
#include <set>

using namespace pilotlight::decide;

TEST_CASE("resources: cores are shared out by request, the rest by fair share")
{
  node_resources const node{{0, 1, 2, 3}, 4, 0, 9};
  std::vector<resource_claim> claims{{.model = 1, .number = 1, .running = true}};
  auto grants = arbitrate(node, claims);
  CHECK(grants[0].threads == 4); // alone it has the node
  CHECK(grants[0].cpus == std::vector{0, 1, 2, 3});

  claims.push_back({.model = 2, .number = 2, .running = true});
  grants = arbitrate(node, claims);
  CHECK(grants[0].threads == 2);
  CHECK(grants[0].cpus == std::vector{0, 1});
  CHECK(grants[1].cpus == std::vector{2, 3});

  claims[0].threads = 3;
  claims[0].priority = 1;
  grants = arbitrate(node, claims);
  CHECK(grants[0].threads + grants[1].threads <= 4);
  CHECK(grants[0].threads >= 2);
}

TEST_CASE("resources: priority first, then the most popular, as far as slots go")
{
  node_resources const node{{0, 1}, 2, 0, 1};
  std::vector<resource_claim> const claims{{.model = 1, .number = 1, .popularity = 5},
                                           {.model = 2, .number = 2, .popularity = 9},
                                           {.model = 3, .number = 3, .priority = 1, .popularity = 1}};
  auto const grants = arbitrate(node, claims);
  CHECK_FALSE(grants[0].may_run);
  CHECK_FALSE(grants[1].may_run);
  CHECK(grants[2].may_run);
  auto const equal = arbitrate(node, std::span(claims).first(2));
  CHECK_FALSE(equal[0].may_run);
  CHECK(equal[1].may_run);
}

TEST_CASE("resources: a start under way takes its slot")
{
  node_resources const node{{0, 1}, 2, 0, 1};
  std::vector<resource_claim> const claims{{.model = 1, .number = 1, .running = true, .starting = true},
                                           {.model = 2, .number = 2}};
  CHECK_FALSE(arbitrate(node, claims)[1].may_run);
}

TEST_CASE("resources: the sum never exceeds the node, and nobody who runs is turned out")
{
  std::mt19937 random(11);
  for (int run = 0; run < 5'000; ++run) {
    node_resources node;
    int const cpus = 1 + static_cast<int>(random() % 8);
    for (int cpu = 0; cpu < cpus; ++cpu)
      node.cpus.push_back(2 * cpu);
    node.cores = std::min<double>(cpus, 0.5 + static_cast<double>(random() % 16) / 2);
    node.memory = random() % 3 == 0 ? 0 : 1'000;
    node.parallel_starts = static_cast<int>(random() % 4);
    std::vector<resource_claim> claims(random() % 12);
    std::uint64_t held = 0;
    int starting = 0;
    for (std::size_t i = 0; i < claims.size(); ++i) {
      bool const running = random() % 2 == 0;
      claims[i] = {static_cast<model_index>(random() % 4),
                   static_cast<int>(i),
                   static_cast<int>(random() % 3),
                   running,
                   running && random() % 4 == 0,
                   static_cast<int>(random() % 5),
                   random() % 300,
                   static_cast<double>(random() % 10)};
      held += running ? claims[i].bytes : 0;
      starting += claims[i].starting ? 1 : 0;
    }
    auto const grants = arbitrate(node, claims);
    REQUIRE(grants.size() == claims.size());

    int threads = 0, runs = 0, started = 0;
    std::uint64_t bytes = 0;
    std::map<int, int> users;
    std::set<model_index> models;
    for (std::size_t i = 0; i < grants.size(); ++i) {
      CHECK((!claims[i].running || grants[i].may_run));
      if (!grants[i].may_run) continue;
      ++runs;
      models.insert(claims[i].model);
      started += claims[i].running ? 0 : 1;
      threads += grants[i].threads;
      bytes += claims[i].bytes;
      CHECK(grants[i].threads >= 1);
      if (claims[i].threads > 0) CHECK(grants[i].threads <= claims[i].threads);
      CHECK(static_cast<int>(grants[i].cpus.size()) == std::min(grants[i].threads, cpus));
      for (int const cpu : grants[i].cpus)
        ++users[cpu];
    }
    int const cores = std::max(1, static_cast<int>(std::floor(node.cores)));
    CHECK(threads <= std::max(cores, runs));
    if (started > 0) {
      CHECK(started + starting <= node.parallel_starts);
      if (node.memory > 0 && held <= node.memory) CHECK(bytes <= node.memory);
    }
    for (auto const& [cpu, count] : users)
      CHECK((runs > cores || count == 1)); // disjoint while CPUs last
  }
}
