#include "proxy/balance/resource_based.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

candidate using_up(int number, double cores, double cores_limit, std::uint64_t memory, std::uint64_t memory_limit,
                   std::uint32_t in_flight = 0, float health = 1)
{
  auto one = open(number, in_flight, health);
  one.cores = cores;
  one.cores_limit = cores_limit;
  one.memory = memory;
  one.memory_limit = memory_limit;
  return one;
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("resource_based: the scarcer of CPU and memory decides, per request inside")
{
  struct one
  {
    std::vector<candidate> candidates;
    answer want;
  };
  std::vector<one> const table{
      {{}, std::nullopt},
      {several(2), 0},                                                      // nothing is known: the first
      {{using_up(1, 0.5, 1, 0, 0), using_up(2, 0.2, 1, 0, 0)}, 1},          // CPU
      {{using_up(1, 0.1, 1, 90, 100), using_up(2, 0.5, 1, 10, 100)}, 1},    // memory of the first is scarce
      {{using_up(1, 1, 4, 0, 0), using_up(2, 0.9, 1, 0, 0)}, 0},            // of what it may use
      {{using_up(1, 0.2, 1, 0, 0, 1), using_up(2, 0.5, 1, 0, 0)}, 1},       // 0.8/2 against 0.5/1
      {{using_up(1, 0.2, 1, 0, 0, 0, 0.5F), using_up(2, 0.5, 1, 0, 0)}, 1}, // half the share: 0.4 against 0.5
      {{using_up(1, 0.8, 0, 0, 0), using_up(2, 0.2, 0, 0, 0)}, 1},          // no limit: beside one another
      {{using_up(1, 0, 0, 300, 0), using_up(2, 0, 0, 100, 0)}, 1},
      {{using_up(1, 9, 1, 200, 100), using_up(2, 1, 1, 100, 100, 64)}, 0}, // over its limits, but nobody else
  };
  for (auto const& [candidates, want] : table)
    CHECK(resource_based().pick(candidates, asked()) == want);
}

TEST_CASE("resource_based: between two measurements not everything goes to the one with most room")
{
  auto candidates = std::vector{using_up(1, 0.2, 1, 0, 0), using_up(2, 0.6, 1, 0, 0)};
  auto by = resource_based();
  for (int i = 0; i < 30; ++i)
    ++candidates[by.pick(candidates, asked()).value()].in_flight;
  CHECK(candidates[0].in_flight == 20); // as 0.8 is to 0.4
  CHECK(candidates[1].in_flight == 10);
}

TEST_SUITE_END();
