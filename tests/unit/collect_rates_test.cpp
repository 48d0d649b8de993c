#include "proxy/collect/rates.hpp"

#include <doctest/doctest.h>
#include <random>
#include <vector>

using namespace pilotlight::collect;
using namespace std::chrono_literals;

namespace {

request_rates::time_point at(std::chrono::nanoseconds since)
{
  return request_rates::time_point(1h) + since;
}

} // namespace

TEST_CASE("rates: concurrency is the mean over the tick's time, not a sample at its end")
{
  auto rates = request_rates(at(0s));
  rates.arrived(at(0s));
  rates.arrived(at(250ms));
  rates.completed(at(500ms));
  rates.failed(at(750ms));
  auto const got = rates.take(at(1s));
  CHECK(got.arrived == 2);
  CHECK(got.completed == 1);
  CHECK(got.failed == 1);
  CHECK(got.inside == 0);
  CHECK(got.concurrency == doctest::Approx(1.0)); // 0.25 of 1, 0.25 of 2, 0.25 of 1, 0.25 of 0
  CHECK(got.span == 1s);
}

TEST_CASE("rates: a tick begins where the last one ended, with the requests still inside")
{
  auto rates = request_rates(at(0s));
  rates.arrived(at(900ms));
  (void)rates.take(at(1s));
  auto const second = rates.take(at(2s));
  CHECK(second.arrived == 0);
  CHECK(second.concurrency == doctest::Approx(1.0));
  CHECK(rates.take(at(2s)).concurrency == 1); // no time: what is inside
}

TEST_CASE("rates: a clock that steps back and a leave too many do no harm")
{
  auto rates = request_rates(at(1s));
  rates.arrived(at(0s));
  rates.completed(at(2s));
  rates.completed(at(1s));
  auto const got = rates.take(at(3s));
  CHECK(got.inside == 0);
  CHECK(got.completed == 2);
  CHECK(got.concurrency == doctest::Approx(0.5));
}

TEST_CASE("rates: by Little's law, the mean inside is the sum of the stays over the time")
{
  for (unsigned seed = 0; seed < 50; ++seed) {
    auto random = std::mt19937(seed);
    auto rates = request_rates(at(0s));
    auto now = std::chrono::nanoseconds(0);
    auto inside = std::vector<std::chrono::nanoseconds>();
    auto stays = std::chrono::nanoseconds(0);
    for (int i = 0; i < 1'000; ++i) {
      now += std::chrono::nanoseconds(random() % 1'000'000);
      if (inside.empty() || random() % 2 == 0) {
        inside.push_back(now);
        rates.arrived(at(now));
        continue;
      }
      stays += now - inside.back();
      inside.pop_back();
      random() % 3 == 0 ? rates.failed(at(now)) : rates.completed(at(now));
    }
    for (auto const since : inside)
      stays += now - since;
    auto const got = rates.take(at(now));
    CHECK(got.inside == inside.size());
    CHECK(got.arrived - got.completed - got.failed == inside.size());
    CHECK(got.concurrency == doctest::Approx(static_cast<double>(stays.count()) / static_cast<double>(now.count())));
  }
}
