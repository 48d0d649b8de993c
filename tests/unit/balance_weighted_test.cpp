#include "proxy/balance/weighted.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

std::vector<candidate> weighing(std::vector<double> const& weights)
{
  auto made = several(static_cast<int>(weights.size()));
  for (std::size_t i = 0; i < weights.size(); ++i)
    made[i].weight = weights[i];
  return made;
}

/// Answers of one instance, one after the other, each taking so long.
void serve(weighted& by, int number, int count, milliseconds takes)
{
  for (int i = 0; i < count; ++i) {
    auto const begin = i * 2 * takes.count(); // idle for as long as busy: idleness is not slowness
    by.told(submitted(number, static_cast<std::uint64_t>(i), at(begin)));
    by.told(completed(number, static_cast<std::uint64_t>(i), at(begin + takes.count()), takes));
  }
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("weighted: turns of a heavy one are spread as nginx spreads them")
{
  auto by = weighted();
  auto const candidates = weighing({5, 1, 1});
  auto order = std::vector<int>();
  for (int i = 0; i < 7; ++i)
    order.push_back(candidates[by.pick(candidates, asked()).value()].number);
  CHECK(order == std::vector{1, 1, 2, 1, 3, 1, 1});
}

TEST_CASE("weighted: over any weights each gets its part, exact to one turn at every point")
{
  std::mt19937_64 random(5);
  for (int run = 0; run < 200; ++run) {
    auto weights = std::vector<double>(1 + random() % 8);
    auto sum = 0.0;
    for (auto& each : weights)
      sum += each = static_cast<double>(1 + random() % 20);
    auto const candidates = weighing(weights);
    auto by = weighted();
    auto counts = std::vector<int>(weights.size());
    for (int i = 1; i <= static_cast<int>(sum); ++i)
      ++counts[by.pick(candidates, asked()).value()];
    for (std::size_t i = 0; i < weights.size(); ++i)
      CHECK(counts[i] == static_cast<int>(weights[i]));
  }
}

TEST_CASE("weighted: health takes its part of the weight")
{
  auto by = weighted();
  auto candidates = weighing({2, 2});
  candidates[1].health = 0.5F;
  CHECK(counts_of(by, candidates, 300) == std::map<int, int>{{1, 200}, {2, 100}});
}

TEST_CASE("weighted: configured before given before measured before nothing")
{
  auto by = weighted();
  auto candidates = several(2);
  CHECK(counts_of(by, candidates, 100) == std::map<int, int>{{1, 50}, {2, 50}});
  serve(by, 1, 40, milliseconds(10));
  serve(by, 2, 40, milliseconds(30));
  auto counts = counts_of(by, candidates, 400);
  CHECK(counts[1] == doctest::Approx(300).epsilon(0.02));
  by.reweigh(std::vector<weight>{{1, 1}, {2, 4}});
  counts = counts_of(by, candidates, 500);
  CHECK(counts[2] == doctest::Approx(400).epsilon(0.02));
  candidates[0].weight = 9;
  candidates[1].weight = 1;
  counts = counts_of(by, candidates, 500);
  CHECK(counts[1] == doctest::Approx(450).epsilon(0.02));
}

TEST_CASE("weighted: one of weight 0 takes nothing, whatever was measured, unless no other is ready")
{
  auto by = weighted();
  auto candidates = weighing({1, 0});
  serve(by, 1, 40, milliseconds(30));
  serve(by, 2, 40, milliseconds(10));
  CHECK(counts_of(by, candidates, 40) == std::map<int, int>{{1, 40}});
  candidates[0].in_flight = candidates[0].depth; // full for now: its next completion asks again
  CHECK_FALSE(by.pick(candidates, asked()));
  candidates[0].ready = false;
  CHECK(by.pick(candidates, asked()) == 1);
  CHECK(counts_of(by, weighing({0, 0}), 40) == std::map<int, int>{{1, 20}, {2, 20}});
}

TEST_CASE("weights of the configuration: 0 is 0, beyond the list it is 1, without a list there is none")
{
  auto const weights = std::vector<double>{3, 0};
  CHECK(configured_weight(weights, 1) == 3);
  CHECK(configured_weight(weights, 2) == 0);
  CHECK(configured_weight(weights, 3) == 1);
  CHECK_FALSE(configured_weight({}, 1));
}

TEST_CASE("weighted: a reweighing without one, or with nonsense, leaves it to what was measured")
{
  auto by = weighted();
  auto const candidates = several(2);
  by.reweigh(std::vector<weight>{{1, 1}, {2, 3}, {77, 5}});
  CHECK(counts_of(by, candidates, 100)[1] == 25);
  for (auto const bad : {0.0, -3.0, std::nan("")}) {
    by.reweigh(std::vector<weight>{{1, bad}});
    CHECK(counts_of(by, candidates, 100)[1] == doctest::Approx(50).epsilon(0.03));
  }
}

TEST_CASE("weighted: capacity follows the number, and one that takes its place starts from nothing")
{
  auto by = weighted();
  counts_of(by, several(2), 2);
  serve(by, 1, 40, milliseconds(40));
  serve(by, 2, 40, milliseconds(10));
  auto const moved = std::vector{open(2), open(1)};
  CHECK(counts_of(by, moved, 500)[2] == doctest::Approx(400).epsilon(0.02));
  by.told(gone(1));
  CHECK(counts_of(by, moved, 500)[2] == doctest::Approx(250).epsilon(0.02));
}

TEST_SUITE_END();
