#include "proxy/decide/queue_rule.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace pilotlight::decide;

TEST_CASE("queue rule: one more only for a long queue, with no start on its way and room below the maximum")
{
  struct one
  {
    queue_facts facts;
    int want;
  };
  std::vector<one> const table{
      {{.waiting = 11, .instances = 1}, 1},
      {{.waiting = 10, .instances = 1}, 0},
      {{.waiting = 0, .instances = 1}, 0},
      {{.waiting = 1'000, .instances = 2}, 1},
      {{.waiting = 1'000, .instances = 3}, 0},
      {{.waiting = 1'000, .instances = 4}, 0},
      {{.waiting = 1'000, .instances = 1, .starting = 1}, 0},
      {{.waiting = 1'000, .instances = 0}, 0},
      {{.waiting = 1'000, .instances = 0, .starting = 1}, 0},
  };
  for (auto const& [facts, want] : table) {
    CAPTURE(facts.waiting);
    CAPTURE(facts.instances);
    auto const decision = scale_by_queue(facts, 10, 3);
    CHECK(decision.add == want);
    CHECK_FALSE(decision.reason.empty());
  }
}

TEST_CASE("queue rule: under endless load it goes up one by one and stops at the maximum")
{
  queue_facts facts{.waiting = 1'000, .instances = 1};
  for (int turn = 0; turn < 100; ++turn) {
    facts.starting += scale_by_queue(facts, 10, 3).add;
    CHECK(facts.starting <= 1);
    CHECK(facts.instances + facts.starting <= 3);
    if (turn % 3 == 2) {
      facts.instances += facts.starting;
      facts.starting = 0;
    }
  }
  CHECK(facts.instances == 3);
}
