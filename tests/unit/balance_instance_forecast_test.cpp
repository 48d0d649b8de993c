#include "proxy/balance/instance_forecast.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("instance_forecast: one that serves in turn: own cost, and what is left of those before")
{
  auto forecast = instance_forecast();
  std::int64_t now = 0;
  std::uint64_t id = 0;
  for (int i = 0; i < 200; ++i) {
    forecast.submitted(++id, 1, at(now));
    now += 10;
    CHECK(forecast.completed(id, at(now), 10, false) == doctest::Approx(10));
  }
  CHECK(forecast.latency_ms(1, open(1), at(now)) == doctest::Approx(10).epsilon(0.02));
  forecast.submitted(1'001, 1, at(now));
  forecast.submitted(1'002, 1, at(now));
  CHECK(forecast.latency_ms(1, open(1, 2), at(now)) == doctest::Approx(30).epsilon(0.02));
  CHECK(forecast.latency_ms(1, open(1, 2), at(now + 6)) == doctest::Approx(24).epsilon(0.02));
  CHECK(forecast.latency_ms(1, open(1, 2), at(now + 30)) == doctest::Approx(30).epsilon(0.02)); // overdue by 20
}

TEST_CASE("instance_forecast: one that serves four side by side is no queue, and that is learned")
{
  auto forecast = instance_forecast();
  std::int64_t now = 0;
  std::uint64_t id = 0;
  for (int round = 0; round < 500; ++round) {
    for (std::uint64_t i = 1; i <= 4; ++i)
      forecast.submitted(id + i, 1, at(now));
    now += 10;
    for (std::uint64_t i = 1; i <= 4; ++i)
      forecast.completed(id + i, at(now), 10, false);
    id += 4;
  }
  // By the time between answers a request costs 2.5 ms; truth is 10, with or without others inside.
  CHECK(forecast.latency_ms(1, open(1), at(now)) == doctest::Approx(10).epsilon(0.25));
  for (std::uint64_t i = 1; i <= 3; ++i)
    forecast.submitted(id + i, 1, at(now));
  CHECK(forecast.latency_ms(1, open(1, 3), at(now)) == doctest::Approx(10).epsilon(0.25));
}

TEST_CASE("instance_forecast: CPU taken by others is learned where it tells")
{
  auto forecast = instance_forecast();
  std::mt19937_64 random(8);
  std::int64_t now = 0;
  std::uint64_t id = 0;
  auto as = open(1);
  for (int i = 0; i < 4'000; ++i) {
    as.cores = random() % 2 == 0 ? 0.0 : 1.0;
    forecast.seen(as);
    forecast.submitted(++id, 1, at(now));
    auto const takes = as.cores > 0 ? 30 : 10;
    now += takes;
    forecast.completed(id, at(now), takes, false);
  }
  auto const expected = [&](double cores) {
    as.cores = cores;
    forecast.seen(as);
    return forecast.latency_ms(1, as, at(now));
  };
  CHECK(expected(1) == doctest::Approx(30).epsilon(0.2));
  CHECK(expected(0) == doctest::Approx(10).epsilon(0.25));
}

TEST_SUITE_END();
