#include "proxy/collect/latency_histogram.hpp"
#include "proxy/collect/latency_windows.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace pilotlight::collect;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

double exact(std::vector<nanoseconds>& all, double q)
{
  std::sort(all.begin(), all.end());
  auto const rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * static_cast<double>(all.size()))));
  return static_cast<double>(all[rank - 1].count());
}

std::vector<nanoseconds> durations(unsigned seed, std::size_t count)
{
  auto random = std::mt19937(seed);
  auto spread = std::lognormal_distribution<double>(13 + seed % 5, 0.2 + seed % 4);
  auto all = std::vector<nanoseconds>();
  for (std::size_t i = 0; i < count; ++i)
    all.emplace_back(static_cast<std::int64_t>(std::clamp(spread(random), 1100.0, 3e12)));
  return all;
}

latency_windows::time_point at(std::chrono::nanoseconds since)
{
  return latency_windows::time_point(1h) + since;
}

} // namespace

TEST_CASE("latency: an empty histogram answers 0")
{
  auto const empty = latency_histogram();
  CHECK(empty.count() == 0);
  CHECK(empty.quantile(0.5) == 0ns);
  CHECK(empty.mean() == 0ns);
  CHECK(empty.bytes() == 0);
}

TEST_CASE("latency: quantiles are within 1.6 % of the exact ones, mean and longest are exact")
{
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto all = durations(seed, 5'000);
    auto histogram = latency_histogram();
    auto sum = 0ns;
    for (auto const each : all) {
      histogram.record(each);
      sum += each;
    }
    for (double const q : {0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
      auto const wanted = exact(all, q);
      CAPTURE(seed);
      CAPTURE(q);
      CHECK(std::abs(static_cast<double>(histogram.quantile(q).count()) - wanted) <= 0.016 * wanted);
    }
    CHECK(histogram.longest() == all.back());
    CHECK(histogram.sum() == sum);
    CHECK(histogram.bytes() <= 4096);
  }
}

TEST_CASE("latency: merged histograms are the histogram of all, in whatever order")
{
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto const first = durations(seed, 500), second = durations(seed + 7, 300);
    auto one = latency_histogram(), other = latency_histogram(), all = latency_histogram();
    for (auto const each : first) {
      one.record(each);
      all.record(each);
    }
    for (auto const each : second) {
      other.record(each);
      all.record(each);
    }
    auto backwards = other;
    backwards.merge(one);
    one.merge(other);
    for (auto const* merged : {&one, &backwards}) {
      CHECK(merged->count() == all.count());
      CHECK(merged->sum() == all.sum());
      for (double const q : {0.01, 0.5, 0.95, 0.99, 1.0})
        CHECK(merged->quantile(q) == all.quantile(q));
    }
  }
}

TEST_CASE("latency: what is outside of the range counts as its ends")
{
  auto histogram = latency_histogram();
  histogram.record(-5ns);
  histogram.record(0ns);
  histogram.record(100h);
  CHECK(histogram.count() == 3);
  CHECK(histogram.bytes() == 4096);
  CHECK(histogram.quantile(0.5) <= 1100ns);
}

TEST_CASE("latency: numbers beyond 32 bits keep the shares")
{
  auto histogram = latency_histogram();
  for (int i = 0; i < 9; ++i)
    histogram.record(1ms);
  histogram.record(1s);
  for (int i = 0; i < 34; ++i) // doubles each time: 1.7e11 altogether
    histogram.merge(latency_histogram(histogram));
  CHECK(histogram.count() == std::uint64_t{10} << 34);
  CHECK(histogram.quantile(0.89) < 2ms);
  CHECK(histogram.quantile(0.91) > 900ms);
}

TEST_CASE("latency windows: each sees its time and no more, and the total sees all")
{
  auto windows = latency_windows(at(0s));
  windows.record(at(1s), 100ms);
  CHECK(windows.summary(at(1s), window::ten_seconds).answered == 1);
  CHECK(windows.summary(at(9s), window::ten_seconds).answered == 1);
  CHECK(windows.summary(at(12s), window::ten_seconds).answered == 0);
  CHECK(windows.summary(at(12s), window::minute).answered == 1);
  CHECK(windows.summary(at(49s), window::minute).answered == 1);
  CHECK(windows.summary(at(62s), window::minute).answered == 0);
  CHECK(windows.summary(at(62s), window::total).answered == 1);
  CHECK(windows.summary(at(62h), window::total).answered == 1);
  windows.record(at(62h), 200ms);
  CHECK(windows.summary(at(62h), window::ten_seconds).answered == 1);
  CHECK(windows.summary(at(62h), window::total).answered == 2);
}

TEST_CASE("latency windows: at any time, each holds what was recorded within its span, whatever the gaps")
{
  for (unsigned seed = 0; seed < 30; ++seed) {
    auto random = std::mt19937(seed);
    auto windows = latency_windows(at(0s));
    auto when = std::vector<nanoseconds>();
    auto now = nanoseconds(0);
    for (int i = 0; i < 400; ++i) {
      auto const longest = std::ldexp(1.0, static_cast<int>(random() % 37)); // up to 68 s
      now += nanoseconds(static_cast<std::int64_t>(std::uniform_real_distribution<double>(0, longest)(random)));
      windows.record(at(now), nanoseconds(5ms));
      if (random() % 4 == 0) windows.record_failure(at(now));
      when.push_back(now);
      for (auto const which : {window::ten_seconds, window::minute, window::total}) {
        auto const got = windows.summary(at(now), which);
        auto const first = now - got.span;
        auto const wanted = static_cast<std::uint64_t>(
            std::count_if(when.begin(), when.end(), [&](auto each) { return each >= first; }));
        CAPTURE(seed);
        CAPTURE(i);
        CHECK(got.answered == wanted);
        if (which == window::ten_seconds) CHECK((got.span <= 10s && (got.span >= 8s || got.span == now)));
        if (which == window::minute) CHECK((got.span <= 60s && (got.span >= 50s || got.span == now)));
        if (which == window::total) CHECK(got.span == now);
      }
    }
  }
}

TEST_CASE("latency windows: rates and error shares are of the window's own span")
{
  auto windows = latency_windows(at(0s));
  for (int i = 0; i < 40; ++i)
    windows.record(at(i * 100ms), 1ms);
  for (int i = 0; i < 10; ++i)
    windows.record_failure(at(4s));
  auto const got = windows.summary(at(4s), window::ten_seconds);
  CHECK(got.per_second() == doctest::Approx(10));
  CHECK(got.error_rate() == doctest::Approx(0.2));
  CHECK(latency_summary().per_second() == 0);
  CHECK(latency_summary().error_rate() == 0);
}

TEST_CASE("latency windows: a model of usual traffic takes some KiB, an idle one gives it back")
{
  auto windows = latency_windows(at(0s));
  auto random = std::mt19937(1);
  auto spread = std::lognormal_distribution<double>(16, 0.5); // around 9 ms
  for (int i = 0; i < 100'000; ++i)
    windows.record(at(i * 1ms), nanoseconds(static_cast<std::int64_t>(spread(random))));
  CHECK(windows.bytes() < 14'000);
  (void)windows.summary(at(1h), window::total);
  CHECK(windows.bytes() < 3'000);
}
