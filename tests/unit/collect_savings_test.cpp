#include "proxy/collect/savings.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::collect;
using namespace std::chrono_literals;
using doctest::Approx;

namespace {

constexpr std::uint64_t mib = 1048576;

/// A Wednesday at 22:00 UTC, and so long after it.
instant at(std::chrono::microseconds since)
{
  using namespace std::chrono;
  return sys_days(year(2026) / November / 25) + 22h + since;
}

} // namespace

TEST_CASE("savings: what was not spent, of what one instance always on would have spent")
{
  auto meter = savings_meter(at(0s));
  meter.update(at(30s), 1, 100 * mib); // 30 s at zero
  meter.update(at(40s), 3, 140 * mib); // 10 s with one
  meter.update(at(50s), 0, 0);         // 10 s with three
  auto const got = meter.since_start(at(100s));
  CHECK(got.seconds == Approx(100));
  CHECK(got.worker_seconds == Approx(10 + 30));
  CHECK(got.always_on_seconds == Approx(30 + 10 + 30 + 50));
  CHECK(got.cost_savings_percent() == Approx(100 * 80.0 / 120));
  CHECK(got.mib_seconds == Approx(1'000 + 1'400));
  CHECK(got.always_on_mib_seconds == Approx(1'000 + 1'400 + 50 * 100)); // the first 30 s: not measured yet
  CHECK(got.peak_instances == 3);
  CHECK(got.peak_savings_percent() == Approx(100 * (1 - 40.0 / 300)));
  CHECK(meter.today(at(100s)) == got);
}

TEST_CASE("savings: a model that is never put out saves nothing, one that is never called everything")
{
  auto busy = savings_meter(at(0s));
  busy.update(at(0s), 2, 10 * mib);
  CHECK(busy.since_start(at(1h)).cost_savings_percent() == 0);
  CHECK(busy.since_start(at(1h)).memory_savings_percent() == 0);
  auto silent = savings_meter(at(0s));
  CHECK(silent.since_start(at(1h)).cost_savings_percent() == 100);
  CHECK(silent.since_start(at(1h)).memory_savings_percent() == 0); // nobody knows what it would have taken
  CHECK(spending().cost_savings_percent() == 0);
}

TEST_CASE("savings: a resting zygote is memory spent, but no worker-seconds")
{
  auto meter = savings_meter(at(0s));
  meter.update(at(0s), 1, 100 * mib);
  meter.update(at(10s), 0, 90 * mib);
  auto const got = meter.since_start(at(20s));
  CHECK(got.worker_seconds == Approx(10));
  CHECK(got.mib_seconds == Approx(1'900));
  CHECK(got.always_on_mib_seconds == Approx(2'000));
}

TEST_CASE("savings: today begins at midnight UTC, to the second")
{
  auto meter = savings_meter(at(0s));
  meter.update(at(0s), 1, 0);
  meter.cold_start(at(1h));
  meter.scaled(at(1h));
  meter.answered(at(1h), false);
  CHECK(meter.today(at(2h - 1s)).cold_starts == 1);
  auto const next = meter.today(at(2h + 30min));
  CHECK(next.seconds == Approx(1'800));
  CHECK(next.worker_seconds == Approx(1'800));
  CHECK(next.cold_starts == 0);
  CHECK(next.scale_operations == 0);
  CHECK(next.answered == 0);
  auto const all = meter.since_start(at(2h + 30min));
  CHECK(all.seconds == Approx(9'000));
  CHECK(all.cold_starts == 1);
  // Some days at once.
  CHECK(meter.today(at(24h * 5 + 3h)).seconds == Approx(3'600));
  CHECK(meter.since_start(at(24h * 5 + 3h)).seconds == Approx(24 * 5 * 3'600 + 3 * 3'600));
  CHECK(meter.today(at(24h * 6 + 2h)).seconds == 0); // at midnight itself
}

TEST_CASE("savings: however the time is cut, the integrals are the same")
{
  for (unsigned seed = 0; seed < 50; ++seed) {
    auto random = std::mt19937(seed);
    auto coarse = savings_meter(at(0s)), fine = savings_meter(at(0s));
    auto now = std::chrono::microseconds(0);
    for (int i = 0; i < 200; ++i) {
      auto const until = now + std::chrono::microseconds(random() % 3'600'000'000);
      for (int cuts = static_cast<int>(random() % 5); cuts > 0; --cuts)
        (void)fine.today(at(now + (until - now) / (cuts + 1)));
      now = until;
      auto const instances = static_cast<int>(random() % 4);
      auto const bytes = instances * 7 * mib;
      coarse.update(at(now), instances, bytes);
      fine.update(at(now), instances, bytes);
    }
    for (auto const of : {&savings_meter::today, &savings_meter::since_start}) {
      auto const one = (coarse.*of)(at(now)), other = (fine.*of)(at(now));
      CHECK(one.seconds == Approx(other.seconds));
      CHECK(one.worker_seconds == Approx(other.worker_seconds));
      CHECK(one.always_on_seconds == Approx(other.always_on_seconds));
      CHECK(one.always_on_mib_seconds == Approx(other.always_on_mib_seconds));
      CHECK(one.always_on_seconds >= one.worker_seconds);
      CHECK(one.always_on_seconds >= one.seconds - 1e-6);
    }
  }
}

TEST_CASE("savings: several models add up; their time does not")
{
  auto sum = spending{.seconds = 10, .worker_seconds = 5, .always_on_seconds = 10, .peak_instances = 1};
  sum += spending{.seconds = 8, .worker_seconds = 8, .always_on_seconds = 8, .peak_instances = 2};
  CHECK(sum.seconds == 10);
  CHECK(sum.cost_savings_percent() == Approx(100 * 5.0 / 18));
  CHECK(sum.peak_instances == 3);
}

TEST_CASE("savings: what was saved is continued, today's only on the same day")
{
  auto meter = savings_meter(at(0s));
  meter.update(at(0s), 1, 80 * mib);
  meter.cold_start(at(0s));
  meter.answered(at(0s), true);
  meter.update(at(50s), 0, 0);
  auto const text = meter.save(at(100s));

  auto next = savings_meter(at(200s)); // 100 s while nothing ran: not counted, nothing was served either way
  REQUIRE(next.restore(text, at(200s)));
  auto const got = next.since_start(at(300s));
  CHECK(got.seconds == Approx(200));
  CHECK(got.worker_seconds == Approx(50));
  CHECK(got.always_on_seconds == Approx(200));
  CHECK(got.always_on_mib_seconds == Approx(200 * 80)); // it still knows what one needs
  CHECK(got.cold_starts == 1);
  CHECK(got.cache_hit_rate_percent() == 100);
  CHECK(next.today(at(300s)).worker_seconds == Approx(50));

  auto tomorrow = savings_meter(at(3h));
  REQUIRE(tomorrow.restore(text, at(3h)));
  CHECK(tomorrow.today(at(3h)).worker_seconds == 0);
  CHECK(tomorrow.since_start(at(3h)).worker_seconds == Approx(50));
}

TEST_CASE("savings: an unreadable text is refused whole")
{
  auto meter = savings_meter(at(0s));
  auto const text = meter.save(at(10s));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    auto other = savings_meter(at(0s));
    if (!other.restore(text.substr(0, cut), at(0s))) CHECK(other.since_start(at(0s)) == spending());
  }
  for (auto const* bad : {"", "savings-2 1", "savings-1 nan", "savings-1 1 2 3"}) {
    CAPTURE(bad);
    CHECK_FALSE(meter.restore(bad, at(10s)));
  }
  CHECK_FALSE(meter.restore(text + " 5", at(10s)));
}
