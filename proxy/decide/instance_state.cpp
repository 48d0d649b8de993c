#include "proxy/decide/instance_state.hpp"

#include <array>

namespace pilotlight::decide {
namespace {

using enum instance_state;
using row = std::array<instance_state, instance_states>;

// Rows as in instance_event, columns as in instance_state.
// clang-format off
constexpr std::array<row, instance_events> table{{
  //           starting  ready     draining  stopping
  /* serves */ {{ ready,    ready,    draining, stopping }},
  /* drain  */ {{ draining, draining, draining, stopping }},
  /* recall */ {{ starting, ready,    ready,    stopping }},
  /* kill   */ {{ stopping, stopping, stopping, stopping }},
}};
// clang-format on

constexpr std::array<std::string_view, instance_states> state_names{"starting", "ready", "draining", "stopping"};
constexpr std::array<std::string_view, instance_events> event_names{"serves", "drain", "recall", "kill"};

} // namespace

instance_state next(instance_state state, instance_event event)
{
  return table.at(static_cast<std::size_t>(event)).at(static_cast<std::size_t>(state));
}

std::string_view to_string(instance_state state)
{
  return state_names.at(static_cast<std::size_t>(state));
}

std::string_view to_string(instance_event event)
{
  return event_names.at(static_cast<std::size_t>(event));
}

} // namespace pilotlight::decide
