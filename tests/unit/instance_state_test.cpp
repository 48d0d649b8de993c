#include "proxy/decide/instance_state.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <vector>

namespace {

using namespace pilotlight::decide;
using state = instance_state;
using event = instance_event;

constexpr std::array<state, instance_states> all_states{state::starting, state::ready, state::draining,
                                                        state::stopping};
constexpr std::array<event, instance_events> all_events{event::serves, event::drain, event::recall, event::kill};

struct move
{
  state from;
  event on;
  state to;
};

/// Every cell that leads elsewhere, written out apart from the source.
std::vector<move> const moves{
    {state::starting, event::serves, state::ready},  {state::starting, event::drain, state::draining},
    {state::starting, event::kill, state::stopping}, {state::ready, event::drain, state::draining},
    {state::ready, event::kill, state::stopping},    {state::draining, event::recall, state::ready},
    {state::draining, event::kill, state::stopping},
};

} // namespace

TEST_CASE("instance state: cell by cell")
{
  for (auto const from : all_states)
    for (auto const on : all_events) {
      auto const found = std::ranges::find_if(moves, [&](move const& one) { return one.from == from && one.on == on; });
      CHECK_MESSAGE(next(from, on) == (found == moves.end() ? from : found->to), to_string(from), " x ", to_string(on));
    }
}

TEST_CASE("instance state: who was killed never serves again, whatever follows; a late 'ready' recalls nobody")
{
  for (auto const one : all_events)
    for (auto const other : all_events)
      CHECK(next(next(next(state::ready, event::kill), one), other) == state::stopping);
  CHECK(next(next(state::starting, event::drain), event::serves) == state::draining);
}
