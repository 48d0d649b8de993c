#include "proxy/health/work_watch.hpp"

#include "proxy/health/detailed.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

instant const start{1'000s};

int score_of(work_done const& done)
{
  return judge_detailed({.cores = done.cores, .busy_share = done.busy_share}).score;
}

} // namespace

TEST_CASE("work watch: CPU and forwards are of the whole time between two checks, not of its last second")
{
  auto watch = work_watch();
  CHECK(watch.take({start, 5s, 2s, 0s}).cores == 0); // what was before the first check is not known
  auto const done = watch.take({start + 30s, 8s, 2700ms, 0s});
  CHECK(done.cores == doctest::Approx(0.1));
  CHECK(done.busy_share == doctest::Approx(0.09));
  CHECK(score_of(done) == 100);
  CHECK(score_of(watch.take({start + 60s, 38s, 1s, 0s})) < 80); // burned
}

TEST_CASE("work watch: a forward longer than the interval explains its CPU at each check that it runs across")
{
  auto watch = work_watch();
  watch.take({start, 0s, 0s, 0s});
  CHECK(score_of(watch.take({start + 30s, 20s, 0s, 20s})) == 100); // began after ten seconds
  CHECK(watch.take({start + 60s, 50s, 0s, 50s}).busy_share == 1);
  auto const ended = watch.take({start + 90s, 55s, 55s, 0s}); // five seconds after that: all of it is told now
  CHECK(ended.busy_share == doctest::Approx(5.0 / 30));
  CHECK(ended.cores == doctest::Approx(5.0 / 30));
}

TEST_CASE("work watch: without CPU figures, and at the same moment, nothing is said")
{
  auto watch = work_watch();
  watch.take({start, std::nullopt, 0s, 0s});
  CHECK(watch.take({start + 30s, 30s, 0s, 0s}).cores == 0);
  CHECK(watch.take({start + 30s, 31s, 0s, 0s}).cores == 0);
  CHECK(watch.take({start + 60s, 1s, 0s, 0s}).cores == 0); // less than before: another process
}
