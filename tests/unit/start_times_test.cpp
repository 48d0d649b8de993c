#include "proxy/pool/start_times.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::pool;
using namespace std::chrono_literals;

namespace {

constexpr auto origin = start_times::time_point(1h);

start_times example()
{
  return {origin, origin + 200ms, origin + 300ms, origin + 320ms};
}

} // namespace

TEST_SUITE("start times")
{
  TEST_CASE("who caused the start waits through all of it, who came in the middle through the rest")
  {
    struct row
    {
      std::chrono::milliseconds arrived, submitted;
      std::chrono::milliseconds spawn, load, warmup;
    };
    constexpr row rows[] = {
        {0ms, 321ms, 200ms, 100ms, 20ms},   // the cause
        {-50ms, 321ms, 200ms, 100ms, 20ms}, // had waited for room before
        {150ms, 321ms, 50ms, 100ms, 20ms},  // came while the tree was forked
        {250ms, 321ms, 0ms, 50ms, 20ms},    // came while it was loaded
        {310ms, 321ms, 0ms, 0ms, 10ms},     // came at the end
        {330ms, 331ms, 0ms, 0ms, 0ms},      // came after
        {0ms, 320ms, 200ms, 100ms, 20ms},
    };
    for (auto const& each : rows) {
      CAPTURE(each.arrived.count());
      auto const share = share_of(example(), origin + each.arrived, origin + each.submitted);
      CHECK(share.spawn == each.spawn);
      CHECK(share.load == each.load);
      CHECK(share.warmup == each.warmup);
      CHECK(share.spawn + share.load + share.warmup <= each.submitted - each.arrived);
    }
  }

  TEST_CASE("a start that is not over has no total, and its missing parts count nothing")
  {
    auto const half = start_times{origin, origin + 200ms, {}, {}};
    CHECK(half.total() == 0ns);
    auto const share = share_of(half, origin, origin + 500ms);
    CHECK(share.spawn == 200ms);
    CHECK(share.load == 0ms);
    CHECK(share.warmup == 0ms);
    CHECK(example().total() == 320ms);
  }
}
