#include "proxy/decide/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pilotlight::decide;
using state = model_state;
using event = model_event;
using action = model_action;

constexpr std::array<state, model_states> all_states{
    state::zero,       state::cold_start,     state::warming_up,     state::optimizing,   state::active,
    state::monitoring, state::idle_detection, state::pre_scale_down, state::scaling_down, state::failed};

constexpr std::array<event, model_events> all_events{
    event::request,  event::idle,    event::idle_part, event::idle_over, event::confirm,
    event::zero_now, event::started, event::warmed,    event::settled,   event::start_failed,
    event::lost,     event::exited,  event::retry,     event::start_now};

struct move
{
  state from;
  event on;
  state to;
  action what;
};

/// Every cell in which something happens, written out apart from the source. All others stay and do nothing.
std::vector<move> const moves{
    {state::zero, event::request, state::cold_start, action::start},
    {state::zero, event::start_now, state::cold_start, action::start},

    {state::cold_start, event::zero_now, state::scaling_down, action::stop},
    {state::cold_start, event::started, state::warming_up, action::none},
    {state::cold_start, event::start_failed, state::failed, action::fail_held},
    {state::cold_start, event::lost, state::zero, action::none},

    {state::warming_up, event::zero_now, state::scaling_down, action::stop},
    {state::warming_up, event::warmed, state::optimizing, action::none},
    {state::warming_up, event::start_failed, state::failed, action::fail_held},
    {state::warming_up, event::lost, state::zero, action::none},

    {state::optimizing, event::zero_now, state::scaling_down, action::stop},
    {state::optimizing, event::settled, state::active, action::none},
    {state::optimizing, event::start_failed, state::failed, action::fail_held},
    {state::optimizing, event::lost, state::zero, action::none},

    {state::active, event::idle, state::monitoring, action::watch_idle},
    {state::active, event::zero_now, state::scaling_down, action::stop},
    {state::active, event::start_failed, state::failed, action::fail_held},
    {state::active, event::lost, state::zero, action::none},

    {state::monitoring, event::request, state::active, action::unwatch_idle},
    {state::monitoring, event::idle_part, state::idle_detection, action::none},
    {state::monitoring, event::idle_over, state::pre_scale_down, action::arm_confirm},
    {state::monitoring, event::zero_now, state::scaling_down, action::stop},
    {state::monitoring, event::start_failed, state::failed, action::fail_held},
    {state::monitoring, event::lost, state::zero, action::none},

    {state::idle_detection, event::request, state::active, action::unwatch_idle},
    {state::idle_detection, event::idle_over, state::pre_scale_down, action::arm_confirm},
    {state::idle_detection, event::zero_now, state::scaling_down, action::stop},
    {state::idle_detection, event::start_failed, state::failed, action::fail_held},
    {state::idle_detection, event::lost, state::zero, action::none},

    {state::pre_scale_down, event::request, state::active, action::unwatch_idle},
    {state::pre_scale_down, event::confirm, state::scaling_down, action::stop},
    {state::pre_scale_down, event::zero_now, state::scaling_down, action::stop},
    {state::pre_scale_down, event::start_failed, state::failed, action::fail_held},
    {state::pre_scale_down, event::lost, state::zero, action::none},

    {state::scaling_down, event::lost, state::zero, action::none},
    {state::scaling_down, event::exited, state::zero, action::none},

    {state::failed, event::retry, state::zero, action::none},
    {state::failed, event::start_now, state::cold_start, action::start},
};

transition expected(state from, event on)
{
  for (auto const& one : moves)
    if (one.from == from && one.on == on) return {one.to, one.what};
  return {from, action::none};
}

/// All states that some sequence of events leads to.
std::set<state> reachable(state from)
{
  std::set<state> seen{from};
  std::vector<state> open{from};
  while (!open.empty()) {
    auto const here = open.back();
    open.pop_back();
    for (auto const on : all_events)
      if (auto const to = next(here, on).next; seen.insert(to).second) open.push_back(to);
  }
  return seen;
}

/// An owner as the header asks for: feeds what the table cannot know, and keeps count of processes.
struct owner
{
  state now = state::zero;
  bool processes = false;
  int waiting = 0;

  void feed(event on)
  {
    auto const [to, what] = next(now, on);
    if (what == action::start) {
      CHECK_FALSE(processes);
      processes = true;
    }
    if (what == action::stop) {
      CHECK(processes);
      CHECK(waiting == 0);
    }
    if (what == action::fail_held) waiting = 0;
    now = to;
  }

  void settle()
  {
    if (now == state::zero && waiting > 0) feed(event::request);
    if (now == state::active && waiting == 0) feed(event::idle);
  }

  /// One thing that can happen in this state, chosen by `dice`.
  void step(unsigned dice)
  {
    switch (dice % 12) {
    case 0:
      if (now == state::failed) break; // refused at once, never queued
      ++waiting;
      feed(event::request);
      break;
    case 1:
      if (waiting == 0 || !is_loaded(now) || now == state::scaling_down || now == state::cold_start) break;
      if (--waiting == 0) feed(event::idle);
      break;
    case 2: feed(event::idle_part); break;
    case 3: feed(event::idle_over); break;
    case 4: feed(event::confirm); break;
    case 5:
      if (waiting == 0) feed(event::zero_now);
      break;
    case 6: feed(event::started); break;
    case 7: feed(event::warmed); break;
    case 8: feed(event::settled); break;
    case 9:
      if (!processes) break;
      processes = false;
      feed(dice / 12 % 2 == 0 ? event::lost : event::start_failed);
      if (now == state::scaling_down) feed(event::exited); // start_failed told it nothing
      break;
    case 10:
      if (now != state::scaling_down) break;
      processes = false;
      feed(event::exited);
      break;
    default: feed(dice / 12 % 2 == 0 ? event::retry : event::start_now); break;
    }
    settle();
  }
};

} // namespace

TEST_CASE("lifecycle: every cell of the table is as specified")
{
  for (auto const from : all_states)
    for (auto const on : all_events) {
      CAPTURE(std::string(to_string(from)));
      CAPTURE(std::string(to_string(on)));
      auto const got = next(from, on);
      auto const want = expected(from, on);
      CHECK(std::string(to_string(got.next)) == std::string(to_string(want.next)));
      CHECK(static_cast<int>(got.action) == static_cast<int>(want.action));
    }
}

TEST_CASE("lifecycle: an action belongs to one change of state, and nothing else does it")
{
  for (auto const from : all_states)
    for (auto const on : all_events) {
      CAPTURE(std::string(to_string(from)));
      CAPTURE(std::string(to_string(on)));
      auto const [to, what] = next(from, on);
      bool const moved = to != from;
      CHECK((what == action::stop) == (moved && to == state::scaling_down));
      CHECK((what == action::start) == (moved && to == state::cold_start));
      CHECK((what == action::fail_held) == (moved && to == state::failed));
      CHECK((what == action::watch_idle) == (moved && to == state::monitoring));
      CHECK((what == action::arm_confirm) == (moved && to == state::pre_scale_down));
      CHECK((what == action::unwatch_idle) == (moved && on == event::request && to == state::active));
      if (!moved) CHECK(what == action::none);
    }
}

TEST_CASE("lifecycle: a request never takes a model nearer to its end")
{
  for (auto const from : all_states) {
    auto const to = next(from, event::request).next;
    CHECK((to == from || to == state::cold_start || to == state::active));
  }
  CHECK(next(state::pre_scale_down, event::request).next == state::active);
  CHECK(next(state::scaling_down, event::request).next == state::scaling_down);
}

TEST_CASE("lifecycle: processes are told to end only by zero_now and by the step after the idle delay")
{
  for (auto const from : all_states)
    for (auto const on : all_events)
      if (next(from, on).action == action::stop)
        CHECK((on == event::zero_now || (on == event::confirm && from == state::pre_scale_down)));
}

TEST_CASE("lifecycle: a model that is going is left only when its processes are gone")
{
  for (auto const on : all_events) {
    bool const gone = on == event::exited || on == event::lost;
    CHECK((next(state::scaling_down, on).next != state::scaling_down) == gone);
  }
}

TEST_CASE("lifecycle: every state can be reached from every other")
{
  for (auto const from : all_states)
    CHECK(reachable(from).size() == model_states);
}

TEST_CASE("lifecycle: late timers do nothing where they do not belong")
{
  for (auto const from : {state::zero, state::cold_start, state::warming_up, state::optimizing, state::active,
                          state::scaling_down, state::failed})
    for (auto const on : {event::idle_part, event::idle_over, event::confirm})
      CHECK(next(from, on).next == from);
  CHECK(next(state::monitoring, event::confirm).next == state::monitoring);
}

TEST_CASE("lifecycle: with an owner that keeps its promises no sequence of events strands a request or a process")
{
  std::mt19937 random(7); // the same every time
  for (int run = 0; run < 300; ++run) {
    owner one;
    for (int i = 0; i < 400; ++i) {
      one.step(static_cast<unsigned>(random()));
      if (one.now == state::zero || one.now == state::failed) {
        CHECK_FALSE(one.processes);
        CHECK(one.waiting == 0);
      }
      if (is_loaded(one.now)) CHECK(one.processes);
      bool const idle_state =
          one.now == state::monitoring || one.now == state::idle_detection || one.now == state::pre_scale_down;
      if (idle_state) CHECK(one.waiting == 0);
      if (one.now == state::active) CHECK(one.waiting > 0);
    }
  }
}

TEST_CASE("lifecycle: the way of a model through its life")
{
  state now = state::zero;
  auto const feed = [&](event on) {
    auto const step = next(now, on);
    now = step.next;
    return step.action;
  };
  CHECK(feed(event::request) == action::start);
  feed(event::started);
  feed(event::warmed);
  feed(event::settled);
  CHECK(now == state::active);
  CHECK(feed(event::idle) == action::watch_idle);
  feed(event::idle_part);
  CHECK(now == state::idle_detection);
  CHECK(feed(event::idle_over) == action::arm_confirm);
  CHECK(feed(event::confirm) == action::stop);
  CHECK(feed(event::request) == action::none);
  feed(event::exited);
  CHECK(now == state::zero);
  CHECK(feed(event::request) == action::start);
}

TEST_CASE("lifecycle: names are those of the documentation and all different")
{
  std::set<std::string_view> names;
  for (auto const one : all_states)
    names.insert(to_string(one));
  for (auto const one : all_events)
    names.insert(to_string(one));
  CHECK(names.size() == model_states + model_events);
  CHECK(to_string(state::zero) == "Zero");
  CHECK(to_string(state::cold_start) == "ColdStart");
  CHECK(to_string(state::warming_up) == "WarmingUp");
  CHECK(to_string(state::idle_detection) == "IdleDetection");
  CHECK(to_string(state::pre_scale_down) == "PreScaleDown");
  CHECK(to_string(state::failed) == "Failed");
  CHECK(to_string(event::idle_over) == "idle_over");
  CHECK(to_string(event::start_now) == "start_now");
}

TEST_CASE("lifecycle: only zero and failed hold no place")
{
  for (auto const one : all_states)
    CHECK(is_loaded(one) == (one != state::zero && one != state::failed));
}
