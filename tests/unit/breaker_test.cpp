#include "proxy/decide/breaker.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

namespace {

time_point const start{1'000s};
breaker_policy const policy{};

} // namespace

TEST_CASE("breaker: a bad model and a stalled start open it at once")
{
  for (auto const what : {start_failure::bad_model, start_failure::stalled}) {
    auto const after = after_failure({}, what, start, policy);
    CHECK(after.open);
    CHECK(after.next_try == start + 1s);
    CHECK(refuses(after, start));
    CHECK(refuses(after, start + 999ms));
    CHECK_FALSE(refuses(after, start + 1s)); // half-open
  }
}

TEST_CASE("breaker: the second crash opens, the first is tried again at once")
{
  auto state = after_failure({}, start_failure::crashed, start, policy);
  CHECK_FALSE(state.open);
  CHECK_FALSE(refuses(state, start));
  state = after_failure(state, start_failure::crashed, start, policy);
  CHECK(state.open);
}

TEST_CASE("breaker: kills from outside are retried at once, fifty of them open")
{
  breaker state;
  for (int i = 1; i < 50; ++i) {
    state = after_failure(state, start_failure::killed, start, policy);
    CHECK_FALSE(state.open);
  }
  CHECK(after_failure(state, start_failure::killed, start, policy).open);
}

TEST_CASE("breaker: kills between crashes do not hide the crashes")
{
  breaker state;
  state = after_failure(state, start_failure::crashed, start, policy);
  state = after_failure(state, start_failure::killed, start, policy);
  CHECK(after_failure(state, start_failure::crashed, start, policy).open);
}

TEST_CASE("breaker: a failure of the half-open try opens again with the delay doubled, up to the longest")
{
  breaker state;
  time_point now = start;
  for (auto const delay : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    state = after_failure(state, start_failure::crashed, now, {.crashes_allowed = 1});
    CHECK(state.open);
    CHECK(state.next_try == now + delay);
    now = state.next_try;
    CHECK_FALSE(refuses(state, now));
  }
}

TEST_CASE("breaker: the delay neither overflows nor passes the longest, whatever the policy")
{
  breaker state;
  state.openings = 1'000'000;
  breaker_policy const large{.first_delay = 1ms, .longest_delay = std::chrono::hours(24 * 365)};
  CHECK(after_failure(state, start_failure::stalled, start, large).next_try == start + large.longest_delay);
  breaker_policy const upside_down{.first_delay = 10s, .longest_delay = 5s};
  CHECK(after_failure({}, start_failure::stalled, start, upside_down).next_try == start + 5s);
}

TEST_CASE("breaker: a success forgets everything")
{
  breaker state;
  for (int i = 0; i < 5; ++i)
    state = after_failure(state, start_failure::crashed, start, policy);
  state = after_success(state);
  CHECK_FALSE(state.open);
  CHECK_FALSE(refuses(state, start));
  CHECK_FALSE(after_failure(state, start_failure::crashed, start, policy).open);
  CHECK(after_failure(state, start_failure::stalled, start, policy).next_try == start + 1s);
}
