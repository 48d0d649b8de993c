// What becomes of a model when something happens? One visible table: state x event -> state, action. Pure.
// Single writer: only the model's owner feeds events and performs the action, in the same step, so no request can
// fall between a check and a kill.
//
// The table knows no queue and no clock. What the owner therefore owes it, always in the same step as the cause:
//   after entering zero       `request` if requests wait, else `start_now` if a start was asked for in the meantime
//   after entering warming_up `warmed` if the model zygote had finished warming before the first instance was ready
//   after entering optimizing `settled` if service time is known already or there is nothing to learn it from
//   after entering active     `idle` if nothing waits or runs
// Without these a model would stay in warming_up or optimizing for ever, and never reach zero. Late timers need no
// disarming for safety: idle_part, idle_over and confirm do nothing where they do not belong.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::decide {

enum class model_state : std::uint8_t
{
  zero,           ///< no process of this model exists
  cold_start,     ///< its processes are being started; requests are held
  warming_up,     ///< the first instance answers the held requests; the model zygote warms itself
  optimizing,     ///< warm; service time is being learned with few requests at once
  active,         ///< requests are waiting or running
  monitoring,     ///< nothing to do, for a short time
  idle_detection, ///< nothing to do for a good part of the idle delay
  pre_scale_down, ///< the idle delay is over: the next step unloads unless somebody needs it
  scaling_down,   ///< processes were told to end and have not all been reaped; requests are held
  failed,         ///< cannot be started; has a reason and a time of the next try
};
inline constexpr std::size_t model_states = 10;

enum class model_event : std::uint8_t
{
  request,      ///< a request was queued
  idle,         ///< the last request inside completed
  idle_part,    ///< a quarter of the idle delay has passed without work
  idle_over,    ///< the whole idle delay has passed
  confirm,      ///< one turn of the loop after idle_over
  zero_now,     ///< to zero by hand, to make room, or to unload: nothing waits or runs
  started,      ///< the first instance is ready
  warmed,       ///< the model zygote has finished (or given up) warming
  settled,      ///< service time is known
  start_failed, ///< a start ended in a failure that the breaker does not retry at once, and no process is left
  lost,         ///< every process of the model died
  exited,       ///< the last process that was told to end has been reaped
  retry,        ///< the time of the next try has come, or `load` was asked
  start_now,    ///< start without a request (by hand, load)
};
inline constexpr std::size_t model_events = 14;

enum class model_action : std::uint8_t
{
  none,
  start,        ///< start zygotes and the first instance
  stop,         ///< end every process of the model, then expect `exited`
  watch_idle,   ///< arm the idle timers anew, counted from the last completion
  unwatch_idle, ///< a request came: disarm them
  arm_confirm,  ///< feed `confirm` on the next turn of the loop
  fail_held,    ///< answer all held requests 503 with the reason; arm the retry timer
};

struct transition
{
  model_state next;
  model_action action;
};

/// The cell of the table. A pair that cannot happen stays where it is and does nothing.
/// A start that nobody waits for any more goes on (idle in cold_start); only zero_now cancels it.
transition next(model_state state, model_event event);

std::string_view to_string(model_state state); ///< "Zero", "ColdStart", ... as documentation names them
std::string_view to_string(model_event event); ///< snake_case
/// True where processes of the model exist or are being made: it counts against max_loaded_models.
bool is_loaded(model_state state);

} // namespace pilotlight::decide
