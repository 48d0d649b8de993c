#include "proxy/decide/resources.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <map>
#include <random>

using namespace pilotlight::decide;

TEST_CASE("resources: cores are shared out by request, the rest by fair share")
{
  node_resources const node{{0, 1, 2, 3}, 4};
  std::vector<resource_claim> claims{{}};
  auto grants = arbitrate(node, claims);
  CHECK(grants[0].threads == 4); // alone it has the node
  CHECK(grants[0].cpus == std::vector{0, 1, 2, 3});

  claims.emplace_back();
  grants = arbitrate(node, claims);
  CHECK(grants[0].threads == 2);
  CHECK(grants[0].cpus == std::vector{0, 1});
  CHECK(grants[1].cpus == std::vector{2, 3});

  claims[0] = {1, 3};
  grants = arbitrate(node, claims);
  CHECK(grants[0].threads + grants[1].threads <= 4);
  CHECK(grants[0].threads >= 2);
  CHECK(arbitrate(node, {}).empty());
}

TEST_CASE("resources: the sum never exceeds the node, and everybody has a thread")
{
  std::mt19937 random(11);
  for (int run = 0; run < 5'000; ++run) {
    node_resources node;
    int const cpus = 1 + static_cast<int>(random() % 8);
    for (int cpu = 0; cpu < cpus; ++cpu)
      node.cpus.push_back(2 * cpu);
    node.cores = std::min<double>(cpus, 0.5 + static_cast<double>(random() % 16) / 2);
    std::vector<resource_claim> claims(random() % 12);
    for (auto& one : claims)
      one = {static_cast<int>(random() % 3), static_cast<int>(random() % 5)};
    auto const grants = arbitrate(node, claims);
    REQUIRE(grants.size() == claims.size());

    int threads = 0;
    std::map<int, int> users;
    for (std::size_t i = 0; i < grants.size(); ++i) {
      threads += grants[i].threads;
      CHECK(grants[i].threads >= 1);
      if (claims[i].threads > 0) CHECK(grants[i].threads <= claims[i].threads);
      CHECK(static_cast<int>(grants[i].cpus.size()) == std::min(grants[i].threads, cpus));
      for (int const cpu : grants[i].cpus)
        ++users[cpu];
    }
    int const cores = std::max(1, static_cast<int>(std::floor(node.cores)));
    int const all = static_cast<int>(claims.size());
    CHECK(threads <= std::max(cores, all));
    for (auto const& [cpu, count] : users)
      CHECK((all > cores || count == 1)); // disjoint while CPUs last
  }
}
