#include "proxy/balance/round_robin.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

std::vector<int> order(round_robin& by, std::vector<candidate> const& candidates, int picks)
{
  auto numbers = std::vector<int>();
  for (int i = 0; i < picks; ++i)
    numbers.push_back(candidates[by.pick(candidates, asked()).value()].number);
  return numbers;
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("round_robin: each in turn, by number whatever the order of the candidates")
{
  auto by = round_robin();
  CHECK(order(by, several(3), 7) == std::vector{1, 2, 3, 1, 2, 3, 1});
  CHECK(order(by, {open(3), open(1), open(2)}, 4) == std::vector{2, 3, 1, 2});
}

TEST_CASE("round_robin: the turn goes on where it was when instances come and go")
{
  auto by = round_robin();
  CHECK(order(by, several(4), 2) == std::vector{1, 2});
  CHECK(order(by, {open(1), open(3), open(4)}, 3) == std::vector{3, 4, 1}); // the last one went
  CHECK(order(by, {open(3), open(4)}, 2) == std::vector{3, 4});
  CHECK(order(by, {open(3), open(4), open(5)}, 2) == std::vector{5, 3}); // a new one waits for its turn only
}

TEST_CASE("round_robin: a full one is passed over and claims nothing for it later")
{
  auto by = round_robin();
  auto candidates = several(3);
  candidates[1].in_flight = candidates[1].depth;
  CHECK(order(by, candidates, 6) == std::vector{1, 3, 1, 3, 1, 3});
  CHECK(order(by, several(3), 6) == std::vector{1, 2, 3, 1, 2, 3});
}

TEST_CASE("round_robin: a degraded one takes exactly its share of its turns")
{
  auto by = round_robin();
  auto counts = counts_of(by, {open(1), open(2, 0, 0.25F), open(3)}, 900);
  CHECK(counts == std::map<int, int>{{1, 400}, {2, 100}, {3, 400}});
  // All alike in their illness: a plain round.
  counts = counts_of(by, {open(1, 0, 0.1F), open(2, 0, 0.1F)}, 100);
  CHECK(counts == std::map<int, int>{{1, 50}, {2, 50}});
}

TEST_SUITE_END();
