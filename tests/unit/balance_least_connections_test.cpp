#include "proxy/balance/least_connections.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("least_connections: the fewest inside per share of health, the first of equals")
{
  struct one
  {
    std::vector<candidate> candidates;
    answer want;
  };
  std::vector<one> const table{
      {{}, std::nullopt},
      {{open(1, 64)}, std::nullopt},
      {{open(1, 0, 0)}, std::nullopt},
      {{open(1)}, 0},
      {{open(1, 1), open(2, 0)}, 1},
      {{open(1, 1), open(2, 1)}, 0},
      {{open(1, 64), open(2, 63)}, 1},
      {{open(1, 0, 0.5F), open(2, 0)}, 1},    // 2 against 1
      {{open(1, 0, 0.5F), open(2, 2)}, 0},    // 2 against 3
      {{open(1, 3, 0.5F), open(2, 8, 1)}, 0}, // 8 against 9
      {{open(1, 3), open(2, 2), open(3, 2)}, 1},
  };
  for (auto const& [candidates, want] : table)
    CHECK(least_connections().pick(candidates, asked()) == want);
}

TEST_SUITE_END();
