#include "proxy/balance/pick.hpp"

#include <array>
#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace pilotlight::balance;

namespace {

using answer = std::optional<std::size_t>;

candidate ready(std::uint32_t in_flight, std::uint32_t depth = 4)
{
  return {true, in_flight, depth};
}
candidate gone(std::uint32_t in_flight = 0)
{
  return {false, in_flight, 4};
}

constexpr std::array all_strategies{strategy::least_connections, strategy::round_robin, strategy::random};

} // namespace

TEST_CASE("pick: least loaded, the first of equals, none that is not ready or full")
{
  struct one
  {
    std::vector<candidate> candidates;
    answer want;
  };
  std::vector<one> const table{
      {{}, std::nullopt},
      {{gone()}, std::nullopt},
      {{ready(4)}, std::nullopt},
      {{ready(5)}, std::nullopt},
      {{ready(0, 0)}, std::nullopt},
      {{ready(0)}, 0},
      {{ready(1), ready(0)}, 1},
      {{ready(1), ready(1)}, 0},
      {{gone(), ready(3)}, 1},
      {{ready(0, 0), ready(2, 3)}, 1},
      {{ready(3), ready(2), ready(2), gone()}, 1},
  };
  for (auto const& [candidates, want] : table)
    CHECK(pick(candidates, strategy::least_connections, 0, 0) == want);
}

TEST_CASE("pick: round robin gives each that takes one its turn")
{
  std::vector<candidate> const candidates{ready(0), gone(), ready(3), ready(4), ready(1)};
  std::vector<std::size_t> order;
  for (std::uint64_t turn = 0; turn < 6; ++turn)
    order.push_back(pick(candidates, strategy::round_robin, turn, 0).value());
  CHECK(order == std::vector<std::size_t>{0, 2, 4, 0, 2, 4});
}

TEST_CASE("pick: random takes the better of two different ones")
{
  std::vector<candidate> const two{ready(3), ready(1)};
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i)
    CHECK(pick(two, strategy::random, 0, random()) == answer{1});

  std::vector<candidate> const many{ready(3), ready(0), ready(0), gone(), ready(0)};
  std::array<int, 5> chosen{};
  for (int i = 0; i < 6'000; ++i)
    ++chosen[pick(many, strategy::random, 0, random()).value()];
  CHECK(chosen[0] == 0); // the worst never wins
  CHECK(chosen[3] == 0);
  for (auto const i : {1U, 2U, 4U})
    CHECK(chosen[i] > 1'700);
}

TEST_CASE("pick: the extremes of chance and turn stay within the candidates")
{
  std::vector<candidate> const candidates{ready(0), ready(0), gone(), ready(0)};
  for (auto const bits : {0ULL, ~0ULL, 0xffff'ffffULL, 0xffff'ffff'0000'0000ULL})
    for (auto const how : all_strategies) {
      auto const got = pick(candidates, how, bits, bits);
      REQUIRE(got);
      CHECK(candidates.at(*got).ready);
    }
  CHECK(pick(std::vector{ready(0)}, strategy::random, 0, ~0ULL) == answer{0});
}

TEST_CASE("pick: whatever the strategy, only what takes one, and always if there is one")
{
  std::mt19937_64 random(2);
  for (int run = 0; run < 5'000; ++run) {
    std::vector<candidate> candidates(random() % 6);
    bool any = false;
    for (auto& one : candidates) {
      one = {random() % 3 != 0, static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(random() % 4)};
      any = any || (one.ready && one.in_flight < one.depth);
    }
    auto const turn = random();
    auto const chance = random();
    for (auto const how : all_strategies) {
      auto const got = pick(candidates, how, turn, chance);
      REQUIRE(got.has_value() == any);
      if (!got) continue;
      CHECK(candidates.at(*got).ready);
      CHECK(candidates.at(*got).in_flight < candidates.at(*got).depth);
      CHECK(got == pick(candidates, how, turn, chance));
    }
  }
}
