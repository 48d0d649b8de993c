// Is this instance alive, busy, hung or gone? The basic check. Pure: told what was sent, what came back and what the
// progress word says.
#pragma once
#include "proxy/health/check.hpp"

#include <optional>

namespace pilotlight::health {

/// What is seen of an instance at one look. The caller drains its completions and probe answers *before* it looks, or
/// an answer that lies in the ring would count as missing.
struct vital_signs
{
  bool process_alive = true;
  duration executing{-1};        ///< how long the forward has run that the progress word names; -1: none runs
  std::uint64_t turns = 0;       ///< the progress word's count of requests taken up
  duration execution_timeout{0}; ///< of the model; 0: forwards may run for ever
};

enum class liveness : std::uint8_t
{
  alive, ///< its last heartbeat was answered, or the present one has time left
  busy,  ///< executes within execution_timeout, or took up something since the last look: a heartbeat waits rightly
  hung,  ///< a forward exceeds execution_timeout, or a heartbeat has been unanswered for the deadline while it did
         ///< nothing
  dead,  ///< no process
};

constexpr std::string_view to_string(liveness which)
{
  constexpr std::string_view names[] = {"alive", "busy", "hung", "dead"};
  return names[static_cast<std::size_t>(which)];
}

/// Follows the heartbeats of one instance; one per instance, from ready to its end. `look` is called once a tick, so
/// that a hung one is found within the deadline and two ticks.
class heartbeat_watch
{
public:
  /// A heartbeat is to be sent: one is due, and none is out (the lane is short, and a second one would tell nothing).
  bool may_send() const { return !sent_; }
  void sent(instant when);
  /// The heartbeat was answered. One that nobody waits for is ignored.
  void answered(instant when);

  /// What the instance is. The deadline counts from the sending, from the end of the last execution seen, and from the
  /// last turn, whichever is latest; and being overdue must be seen at two looks in a row, so that after a suspend of
  /// the whole machine (or a proxy that was stopped) the worker gets its chance to answer first.
  liveness look(vital_signs const& seen, instant now, policy const& how);

  /// How long the last answered heartbeat took; -1: none yet.
  duration round_trip() const { return round_trip_; }

private:
  std::optional<instant> sent_;
  instant quiet_since_{};
  std::uint64_t turns_ = 0;
  bool overdue_ = false;
  duration round_trip_{-1};
};

/// The finding of the basic check; dead and hung are certain.
finding judge_basic(liveness what, vital_signs const& seen, policy const& how);

} // namespace pilotlight::health
