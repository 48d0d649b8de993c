#include "proxy/simulate/random.hpp"
#include "proxy/simulate/waits.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <vector>

using namespace pilotlight::simulate;
using namespace std::chrono_literals;

TEST_SUITE("simulate: waits")
{
  TEST_CASE("quantiles are those of a sorted list, at most 7 % too large and never too small")
  {
    auto random = random_bits(7);
    auto sorted = std::vector<double>();
    auto histogram = waits();
    for (int i = 0; i < 20'000; ++i) {
      auto const wait =
          std::chrono::microseconds(1ULL << (random.next() % 30)) + std::chrono::microseconds(random.next() % 1'000);
      histogram.add(wait);
      sorted.push_back(static_cast<double>(wait.count()));
    }
    std::sort(sorted.begin(), sorted.end());
    for (auto const q : {0.01, 0.5, 0.9, 0.99, 1.0}) {
      CAPTURE(q);
      auto const rank = static_cast<std::size_t>(std::max(0.0, std::ceil(q * 20'000) - 1));
      auto const found = static_cast<double>(histogram.quantile(q).count());
      CHECK(found >= sorted[rank]);
      CHECK(found <= sorted[rank] * 1.07 + 1);
    }
    CHECK(static_cast<double>(histogram.longest().count()) == sorted.back());
  }

  TEST_CASE("only those above 100 ms waited, and their quantiles are theirs alone")
  {
    auto histogram = waits();
    histogram.add(0ms, 90);
    histogram.add(100ms, 5);
    histogram.add(200ms, 4);
    histogram.add(900ms, 1);
    CHECK(histogram.count() == 100);
    CHECK(histogram.over_threshold() == 5);
    CHECK(histogram.quantile(0.5) == 0ms);
    CHECK(histogram.quantile_of_waiting(0.5) >= 200ms);
    CHECK(histogram.quantile_of_waiting(0.5) < 215ms);
    CHECK(histogram.quantile_of_waiting(0.99) == 900ms);
    CHECK(histogram.seconds() == doctest::Approx(0.5 + 0.8 + 0.9));
  }

  TEST_CASE("sums are as if all had been added to one")
  {
    auto a = waits();
    auto b = waits();
    a.add(50ms, 3);
    b.add(5s, 1);
    a.add(b);
    CHECK(a.count() == 4);
    CHECK(a.longest() == 5s);
    CHECK(waits().quantile(0.99) == 0ms);
    CHECK(waits().quantile_of_waiting(0.5) == 0ms);
  }
}
