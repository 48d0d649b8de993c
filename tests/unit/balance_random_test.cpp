#include "proxy/balance/two_choices.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("random: takes the better of two different ones")
{
  auto by = two_choices();
  CHECK(counts_of(by, {open(1, 3), open(2, 1)}, 200) == std::map<int, int>{{2, 200}});
  auto many = several(5);
  many[0].in_flight = 3;
  many[3].ready = false;
  auto counts = counts_of(by, many, 6'000);
  CHECK(counts[1] == 0); // the worst never wins
  CHECK(counts[4] == 0);
  for (auto const number : {2, 3, 5})
    CHECK(counts[number] > 1'800);
}

TEST_CASE("random: the extremes of chance stay within the candidates")
{
  auto by = two_choices();
  auto candidates = several(4);
  candidates[2].ready = false;
  for (auto const bits : {0ULL, ~0ULL, 0xffff'ffffULL, 0xffff'ffff'0000'0000ULL}) {
    auto const got = by.pick(candidates, asked(bits));
    REQUIRE(got);
    CHECK(candidates.at(*got).ready);
    CHECK(by.pick(std::vector{open(1)}, asked(bits)) == answer{0});
  }
}

TEST_SUITE_END();
