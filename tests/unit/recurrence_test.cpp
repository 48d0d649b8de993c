#include "proxy/decide/recurrence.hpp"
#include "tests/unit/autoscaler_fixture.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::testing;
using namespace std::chrono_literals;

TEST_SUITE("recurrence")
{
  TEST_CASE("recurrence: what was needed again after a pause is expected again about as long after")
  {
    recurrence needs;
    for (int t = 0; t < 160; ++t)
      needs.note(clock_at(t), t < 60 ? 5 : 3, 60s);
    CHECK_FALSE(needs.soon(clock_at(159), 5, 60s)); // nothing is known of pauses yet
    for (int t = 160; t <= 200; ++t)                // 101 s later
      needs.note(clock_at(t), 5, 60s);
    struct one
    {
      double passed;
      bool want;
    };
    for (auto const& [passed, want] : {one{10, false}, one{20, true}, one{60, true}, one{120, true}, one{130, false}}) {
      CAPTURE(passed);
      CHECK(needs.soon(clock_at(200 + passed), 5, 60s) == want);
    }
    CHECK_FALSE(needs.soon(clock_at(260), 3, 60s)); // never paused so long
    CHECK_FALSE(needs.soon(clock_at(260), 6, 60s)); // never needed
    CHECK_FALSE(needs.soon(clock_at(260), 0, 60s));
  }

  TEST_CASE("recurrence: a long pause lets go first, and is remembered for its end")
  {
    recurrence needs;
    needs.note(clock_at(0), 2, 60s);
    needs.note(clock_at(600), 2, 60s);
    CHECK_FALSE(needs.soon(clock_at(600 + 61), 2, 60s));
    CHECK(needs.soon(clock_at(600 + 500), 2, 60s));
    CHECK_FALSE(needs.soon(clock_at(600 + 760), 2, 60s));
  }

  TEST_CASE("recurrence: nonsense is bounded")
  {
    recurrence needs;
    needs.note(clock_at(0), -3, 60s);
    needs.note(clock_at(1), 1'000'000, 60s);
    CHECK_FALSE(needs.soon(clock_at(90), 1'000'000, 60s));
    CHECK_FALSE(needs.soon(clock_at(90), -1, 60s));
  }
}
