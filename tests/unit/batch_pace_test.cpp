#include "worker/batch_pace.hpp"

#include <doctest/doctest.h>
#include <functional>

using namespace pilotlight::worker;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t shape = 7;

/// Full batches, one after the other, that cost what `forward` says of their rows. The rows of the last.
std::int64_t run_full(batch_pace& pace, int batches, std::function<double(double)> const& forward_ms,
                      std::uint64_t of = shape)
{
  auto rows = std::int64_t{0};
  for (auto i = 0; i < batches; ++i) {
    rows = pace.rows(of);
    auto facts = batch_facts();
    facts.shape = of;
    facts.rows = rows;
    facts.full = facts.joined = true;
    facts.forward_ns = static_cast<std::uint64_t>(forward_ms(static_cast<double>(rows)) * 1e6);
    pace.learn(facts);
  }
  return rows;
}

double cheaper_together(double rows)
{
  return 5 + rows; // a fixed cost that batches share
}

} // namespace

TEST_CASE("batch pace: off, it allows one row and never waits")
{
  auto pace = batch_pace({1, 5 * ms, 100 * ms});
  CHECK_FALSE(pace.on());
  CHECK(pace.rows(shape) == 1);
  CHECK(pace.delay_ns(50) == 0);
  CHECK(run_full(pace, 100, cheaper_together) == 1);
}

TEST_CASE("batch pace: grows by steps while batches are full and within their latency, up to max_rows")
{
  auto pace = batch_pace({32, 0, 1'000 * ms});
  auto before = pace.rows(shape);
  CHECK(before == 2);
  for (auto i = 0; i < 30; ++i) {
    run_full(pace, 1, cheaper_together);
    auto const now = pace.rows(shape);
    CHECK(now >= before);
    CHECK(now <= before + 2);
    before = now;
  }
  CHECK(before == 32);
}

TEST_CASE("batch pace: never beyond max_rows, whatever it is told; and not before batches are full")
{
  for (auto most = 1; most < 70; ++most) {
    auto pace = batch_pace({most, 0, 0});
    run_full(pace, 200, cheaper_together);
    CHECK(pace.rows(shape) == most);
  }
  auto idle = batch_pace({32, 0, 0});
  auto const before = idle.rows(shape);
  for (auto i = 0; i < 50; ++i)
    idle.learn({.shape = shape, .rows = 2, .full = false, .joined = true, .forward_ns = ms});
  CHECK(idle.rows(shape) == before);
}

TEST_CASE("batch pace: keeps batches about their latency target")
{
  auto pace = batch_pace({64, 0, 25 * ms}); // 5 + rows ms: at most 20 rows
  run_full(pace, 100, cheaper_together);
  auto small = 0;
  for (auto i = 0; i < 500; ++i) {
    auto const rows = run_full(pace, 1, cheaper_together);
    CHECK(rows <= 24);
    small += rows < 14 ? 1 : 0;
  }
  CHECK(small < 50); // second looks, and the way back from them
}

TEST_CASE("batch pace: one row is never late enough to be less, and does not grow into lateness")
{
  auto pace = batch_pace({16, 0, 10 * ms});
  run_full(pace, 60, [](double rows) { return 50 * rows; });
  CHECK(pace.rows(shape) == 1);
}

TEST_CASE("batch pace: does not batch where a row costs more in company")
{
  auto pace = batch_pace({32, 0, 0});
  // As a small machine's caches behave: by 4 rows all is used, beyond it only gets worse.
  auto const cost = [](double rows) { return rows <= 4 ? 20 * rows + 3 : 30 * rows; };
  run_full(pace, 100, cost);
  auto large = 0;
  for (auto i = 0; i < 1'000; ++i)
    large += run_full(pace, 1, cost) > 9 ? 1 : 0;
  CHECK(large == 0);
}

TEST_CASE("batch pace: each shape has a pace of its own, and there is no end of shapes")
{
  auto pace = batch_pace({32, 0, 30 * ms});
  run_full(pace, 60, cheaper_together, 1);
  run_full(
      pace, 60, [](double rows) { return 10 * rows; }, 2);
  CHECK(pace.rows(1) > 16);
  CHECK(pace.rows(2) <= 5);
  for (auto other = std::uint64_t{100}; other < 1'000; ++other)
    run_full(pace, 1, cheaper_together, other);
  CHECK(pace.rows(1) < 16); // forgotten: begins anew
}

TEST_CASE("batch pace: waits only when several wait, only as long as that brings more, and within its bound")
{
  auto pace = batch_pace({32, 4 * ms, 100 * ms});
  CHECK(pace.delay_ns(5) == 0); // nothing is known to be worth waiting for
  auto facts = batch_facts{.shape = shape, .rows = 5, .full = false, .joined = true, .forward_ns = 10 * ms};
  for (auto i = 0; i < 100; ++i) {
    facts.waited_ns = pace.delay_ns(5);
    facts.waiting_brought = facts.waited_ns != 0;
    pace.learn(facts);
    CHECK(pace.delay_ns(5) <= 4 * ms);
    CHECK(pace.delay_ns(1) == 0);
  }
  CHECK(pace.delay_ns(5) == 4 * ms);
  facts.waiting_brought = false;
  for (auto i = 0; i < 12; ++i) {
    auto const before = pace.delay_ns(5);
    facts.waited_ns = before;
    if (before != 0) pace.learn(facts);
    CHECK(pace.delay_ns(5) <= before / 2);
  }
  CHECK(pace.delay_ns(5) == 0);
}

TEST_CASE("batch pace: a delay that brought nothing is tried again later, and seldom")
{
  auto pace = batch_pace({32, 4 * ms, 0});
  auto waited = 0;
  auto facts = batch_facts{.shape = shape, .rows = 5, .joined = true, .forward_ns = 10 * ms};
  for (auto i = 0; i < 1'000; ++i) {
    facts.waited_ns = pace.delay_ns(5);
    waited += facts.waited_ns != 0 ? 1 : 0;
    pace.learn(facts);
  }
  CHECK(waited > 20);
  CHECK(waited < 200);
}

TEST_CASE("batch pace: never waits longer than a forward takes")
{
  auto pace = batch_pace({32, 100 * ms, 0});
  auto facts = batch_facts{.shape = shape, .rows = 5, .joined = true, .forward_ns = ms / 50};
  for (auto i = 0; i < 100; ++i) {
    facts.waited_ns = pace.delay_ns(5);
    facts.waiting_brought = facts.waited_ns != 0;
    pace.learn(facts);
    CHECK(pace.delay_ns(5) <= ms / 50);
  }
  CHECK(pace.delay_ns(5) > 0);
}

TEST_CASE("batch pace: a late batch halves the delay even if waiting brought more")
{
  auto pace = batch_pace({32, 4 * ms, 20 * ms});
  auto facts = batch_facts{.shape = shape, .rows = 5, .joined = true, .forward_ns = 10 * ms};
  for (auto i = 0; i < 20; ++i)
    pace.learn(facts);
  auto const before = pace.delay_ns(5);
  REQUIRE(before > 0);
  facts.waited_ns = before;
  facts.waiting_brought = true;
  facts.forward_ns = 19 * ms;
  pace.learn(facts);
  CHECK(pace.delay_ns(5) == before / 2);
}

TEST_CASE("batch pace: what cannot run together becomes half as large, until there is nothing to halve")
{
  auto pace = batch_pace({32, 0, 0});
  run_full(pace, 60, cheaper_together);
  CHECK(pace.halve(shape, 32));
  CHECK(pace.rows(shape) == 16);
  run_full(pace, 60, cheaper_together);
  CHECK(pace.rows(shape) == 16); // never grown beyond
  CHECK(pace.halve(shape, 16));
  CHECK(pace.halve(shape, 8));
  CHECK(pace.halve(shape, 4));
  CHECK_FALSE(pace.halve(shape, 2));
  CHECK(pace.rows(shape) == 1);
}

TEST_CASE("batch pace: notices when the costs change: what was worth growing into is left again")
{
  auto pace = batch_pace({32, 0, 0});
  run_full(pace, 60, cheaper_together);
  CHECK(pace.rows(shape) >= 16);
  run_full(pace, 1'000, [](double rows) { return rows * (1 + rows / 4); });
  CHECK(pace.rows(shape) <= 7);
  run_full(pace, 1'000, cheaper_together);
  CHECK(pace.rows(shape) >= 16);
}

TEST_CASE("batch pace: now and then takes a second look at a smaller batch, and stays there if it has become cheaper")
{
  auto pace = batch_pace({32, 0, 0});
  run_full(pace, 100, [](double rows) { return 20 + rows; });
  REQUIRE(pace.rows(shape) >= 16);
  run_full(pace, 1'000, [](double rows) { return rows * (0.5 + rows / 32); });
  CHECK(pace.rows(shape) <= 20);
}
