// What may happen to one instance, from its fork to its end? One table of state x event. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::decide {

enum class instance_state : std::uint8_t
{
  starting, ///< forked or about to be
  ready,    ///< takes requests
  draining, ///< takes no new ones; killed when its last completes
  stopping, ///< killed, not reaped yet; reaped, it is no more
};
inline constexpr std::size_t instance_states = 4;

enum class instance_event : std::uint8_t
{
  serves, ///< it has said that it is ready
  drain,  ///< it shall take no new requests
  recall, ///< it is wanted again before it has gone
  kill,   ///< it is killed: drained, hung, corrupt, or restarted
};
inline constexpr std::size_t instance_events = 4;

/// Where an event leads; an event that means nothing in that state leads nowhere. Nothing leads back from stopping.
instance_state next(instance_state state, instance_event event);

/// As in /v1/models: "starting", "ready", ...
std::string_view to_string(instance_state state);
std::string_view to_string(instance_event event);

} // namespace pilotlight::decide
