#include "proxy/decide/lifecycle.hpp"

#include <array>

namespace pilotlight::decide {

namespace {

using enum model_state;
using enum model_action;

/// One cell: where to and what to do, or stay and do nothing.
struct cell
{
  transition to;
  bool stays = false;
};

constexpr cell stay{{zero, none}, true};
constexpr cell lights{{cold_start, start}};
constexpr cell warms{{warming_up, none}};
constexpr cell tunes{{optimizing, none}};
constexpr cell serves{{active, none}};
constexpr cell wakes{{active, unwatch_idle}};
constexpr cell rests{{monitoring, watch_idle}};
constexpr cell dozes{{idle_detection, none}};
constexpr cell doubts{{pre_scale_down, arm_confirm}};
constexpr cell leaves{{scaling_down, stop}};
constexpr cell gone{{zero, none}};
constexpr cell fails{{failed, fail_held}};

using row = std::array<cell, model_states>;

// Rows as in model_event, columns as in model_state.
// clang-format off
constexpr std::array<row, model_events> table{{
  //                     zero    cold_st warming optimiz active  monitor idle_de pre_sca scaling failed
  /* request      */ {{ lights, stay,   stay,   stay,   stay,   wakes,  wakes,  wakes,  stay,   stay   }},
  /* idle         */ {{ stay,   stay,   stay,   stay,   rests,  stay,   stay,   stay,   stay,   stay   }},
  /* idle_part    */ {{ stay,   stay,   stay,   stay,   stay,   dozes,  stay,   stay,   stay,   stay   }},
  /* idle_over    */ {{ stay,   stay,   stay,   stay,   stay,   doubts, doubts, stay,   stay,   stay   }},
  /* confirm      */ {{ stay,   stay,   stay,   stay,   stay,   stay,   stay,   leaves, stay,   stay   }},
  /* zero_now     */ {{ stay,   leaves, leaves, leaves, leaves, leaves, leaves, leaves, stay,   stay   }},
  /* started      */ {{ stay,   warms,  stay,   stay,   stay,   stay,   stay,   stay,   stay,   stay   }},
  /* warmed       */ {{ stay,   stay,   tunes,  stay,   stay,   stay,   stay,   stay,   stay,   stay   }},
  /* settled      */ {{ stay,   stay,   stay,   serves, stay,   stay,   stay,   stay,   stay,   stay   }},
  /* start_failed */ {{ stay,   fails,  fails,  fails,  fails,  fails,  fails,  fails,  stay,   stay   }},
  /* lost         */ {{ stay,   gone,   gone,   gone,   gone,   gone,   gone,   gone,   gone,   stay   }},
  /* exited       */ {{ stay,   stay,   stay,   stay,   stay,   stay,   stay,   stay,   gone,   stay   }},
  /* retry        */ {{ stay,   stay,   stay,   stay,   stay,   stay,   stay,   stay,   stay,   gone   }},
  /* start_now    */ {{ lights, stay,   stay,   stay,   stay,   stay,   stay,   stay,   stay,   lights }},
}};
// clang-format on

constexpr std::array<std::string_view, model_states> state_names{
    "Zero",       "ColdStart",     "WarmingUp",    "Optimizing",  "Active",
    "Monitoring", "IdleDetection", "PreScaleDown", "ScalingDown", "Failed"};

constexpr std::array<std::string_view, model_events> event_names{
    "request", "idle",    "idle_part",    "idle_over", "confirm", "zero_now", "started",
    "warmed",  "settled", "start_failed", "lost",      "exited",  "retry",    "start_now"};

} // namespace

transition next(model_state state, model_event event)
{
  cell const& found = table.at(static_cast<std::size_t>(event)).at(static_cast<std::size_t>(state));
  return found.stays ? transition{state, none} : found.to;
}

std::string_view to_string(model_state state)
{
  return state_names.at(static_cast<std::size_t>(state));
}

std::string_view to_string(model_event event)
{
  return event_names.at(static_cast<std::size_t>(event));
}

bool is_loaded(model_state state)
{
  return state != zero && state != failed;
}

} // namespace pilotlight::decide
