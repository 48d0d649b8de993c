#include "proxy/simulate/arrivals.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <numeric>

using namespace pilotlight::simulate;
using namespace std::chrono_literals;

namespace {

std::vector<batch> all_of(std::vector<stretch> const& from, duration service, duration step)
{
  auto source = arrivals(from, 5, service);
  auto found = std::vector<batch>();
  for (auto until = from.front().begin; source.next() != instant::max(); until += step)
    source.take(until, found);
  return found;
}

std::uint64_t sum_of(std::vector<batch> const& of)
{
  return std::accumulate(of.begin(), of.end(), std::uint64_t{0},
                         [](std::uint64_t sum, batch const& one) { return sum + one.count; });
}

} // namespace

TEST_SUITE("simulate: arrivals")
{
  TEST_CASE("every request comes once, in order and inside its interval, sparse or dense")
  {
    auto const trace = std::vector<stretch>{{instant(1'003ms), 300s, 211},
                                            {instant(400s), 0s, 1},
                                            {instant(600'007ms), 60s, 90'001},
                                            {instant(700s), 60s, 3}};
    auto const found = all_of(trace, 13ms, 100ms);
    CHECK(sum_of(found) == 211 + 1 + 90'001 + 3);
    CHECK(std::is_sorted(found.begin(), found.end(), [](batch const& a, batch const& b) { return a.when < b.when; }));
    for (auto const& one : found) {
      auto const inside = std::any_of(trace.begin(), trace.end(), [&](stretch const& in) {
        auto const slack = one.dense ? bin_width : duration(0);
        return one.when >= in.begin - slack && one.when <= in.begin + in.length;
      });
      CHECK(inside);
      CHECK(one.dense == (one.when >= instant(600s) && one.when < instant(661s)));
      if (one.dense) CHECK(one.when.time_since_epoch() % bin_width == 0s);
    }
  }

  TEST_CASE("the same whatever the steps it is taken in, another with another seed")
  {
    auto const trace = std::vector<stretch>{{instant(0s), 60s, 50}, {instant(60s), 60s, 6'000}};
    auto const same = [](batch const& a, batch const& b) { return a.when == b.when && a.count == b.count; };
    auto const fine = all_of(trace, 13ms, 7ms);
    auto const coarse = all_of(trace, 13ms, 45s);
    CHECK(std::equal(fine.begin(), fine.end(), coarse.begin(), coarse.end(), same));
    auto other = std::vector<batch>();
    arrivals(trace, 6, 13ms).take(instant(1h), other);
    CHECK_FALSE(std::equal(fine.begin(), fine.end(), other.begin(), other.end(), same));
  }

  TEST_CASE("spread evenly: each tenth of a dense interval gets about a tenth")
  {
    auto found = std::vector<batch>();
    auto const trace = std::vector<stretch>{{instant(0s), 60s, 100'000}};
    arrivals(trace, 1, 2ms).take(instant(60s), found);
    auto tenths = std::vector<double>(10);
    for (auto const& one : found)
      tenths[static_cast<std::size_t>(one.when.time_since_epoch() / 6s)] += one.count;
    for (auto const share : tenths)
      CHECK(share == doctest::Approx(10'000).epsilon(0.05));
  }

  TEST_CASE("requests that take long are followed one by one, however many")
  {
    auto const found = all_of({{instant(0s), 60s, 6'000}}, 500ms, 1s);
    CHECK(found.size() == 6'000);
    CHECK_FALSE(found.front().dense);
  }
}
