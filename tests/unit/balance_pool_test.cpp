// The learned strategy against least_connections in a simulated pool; benchmarks/balance_predicted.cpp is the long
// form.
#include "benchmarks/balance_pool.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

constexpr std::size_t requests = 12'000;

/// p99 of `predicted` as a part of that of least_connections, the median over three seeds.
double ratio(pool_shape shape, double load)
{
  shape.load = load;
  auto ratios = std::vector<double>();
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    auto const learned = make("predicted", {.may_wait = true}).value();
    auto const plain = make("least_connections").value();
    auto const with = pool_run(*learned, shape, seed, requests).run().p99_ms;
    ratios.push_back(with / pool_run(*plain, shape, seed, requests).run().p99_ms);
  }
  std::ranges::sort(ratios);
  return ratios[1];
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("predicted beats least_connections on p99 where speeds and sizes differ")
{
  for (auto const load : {0.3, 0.5, 0.7, 0.85}) {
    CAPTURE(load);
    auto shape = pool_shape();
    shape.speeds = {1, 1, 0.5, 0.25};
    CHECK(ratio(shape, load) < 0.9);
    shape.speeds = {0.25, 0.5, 1, 1};
    CHECK(ratio(shape, load) < 0.8);
    shape.turn_at = 0.5; // the slow ones become the fast ones
    CHECK(ratio(shape, load) < 0.9);
  }
}

TEST_CASE("predicted beats it with short rings, too, and is no worse when they are always full")
{
  auto shape = pool_shape();
  shape.depth = 2;
  shape.speeds = {1, 1, 0.5, 0.25};
  CHECK(ratio(shape, 0.5) < 0.8);
  CHECK(ratio(shape, 0.7) < 0.85);
  CHECK(ratio(shape, 0.9) < 1.05);
  shape.speeds = {1, 0.5};
  CHECK(ratio(shape, 0.5) < 0.95);
}

TEST_CASE("predicted loses next to nothing where all instances are alike")
{
  for (auto const load : {0.3, 0.6, 0.85}) {
    CAPTURE(load);
    auto shape = pool_shape();
    shape.speeds = {1, 1, 1, 1};
    CHECK(ratio(shape, load) < 1.0); // sizes differ
    shape.size_spread = 0;
    CHECK(ratio(shape, load) < 1.05);
    shape.noise = 1; // and where nothing can be known beforehand
    CHECK(ratio(shape, load) < 1.1);
  }
}

TEST_CASE("the simulated pool: the same seed, the same numbers; all are served; more load, more waiting")
{
  auto shape = pool_shape();
  shape.speeds = {1, 0.5};
  auto const once = [&](double load) {
    shape.load = load;
    auto const by = make("least_connections").value();
    return pool_run(*by, shape, 5, requests).run();
  };
  auto const first = once(0.5);
  CHECK(first.p99_ms == once(0.5).p99_ms);
  CHECK(first.served[0] + first.served[1] == requests);
  CHECK(first.p50_ms <= first.p99_ms);
  CHECK(first.mean_ms < once(0.8).mean_ms);
  CHECK(once(0.01).mean_ms == doctest::Approx(3.0).epsilon(0.1)); // nobody waits: the cost itself
}

TEST_SUITE_END();
