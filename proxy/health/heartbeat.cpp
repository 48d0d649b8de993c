#include "proxy/health/heartbeat.hpp"
#include "proxy/health/wording.hpp"

#include <algorithm>

namespace pilotlight::health {
namespace {

bool runs_too_long(vital_signs const& seen)
{
  return seen.execution_timeout.count() > 0 && seen.executing > seen.execution_timeout;
}

} // namespace

void heartbeat_watch::sent(instant when)
{
  sent_ = when;
  quiet_since_ = std::max(quiet_since_, when);
  overdue_ = false;
}

void heartbeat_watch::answered(instant when)
{
  if (!sent_) return;
  round_trip_ = std::max(duration(0), when - *sent_);
  sent_.reset();
  overdue_ = false;
}

liveness heartbeat_watch::look(vital_signs const& seen, instant now, policy const& how)
{
  if (!seen.process_alive) return liveness::dead;
  auto const turned = seen.turns != turns_;
  turns_ = seen.turns;
  if (seen.executing >= duration(0) || turned) {
    quiet_since_ = std::max(quiet_since_, now);
    overdue_ = false;
    return runs_too_long(seen) ? liveness::hung : liveness::busy;
  }
  if (!sent_ || now - quiet_since_ < how.heartbeat_deadline) return liveness::alive;
  auto const seen_before = overdue_;
  overdue_ = true;
  return seen_before ? liveness::hung : liveness::alive;
}

finding judge_basic(liveness what, vital_signs const& seen, policy const& how)
{
  switch (what) {
  case liveness::alive:
  case liveness::busy: return {check::basic, 100, false, {}};
  case liveness::dead: return {check::basic, 0, true, "its process is gone"};
  case liveness::hung: break;
  }
  if (runs_too_long(seen))
    return {check::basic, 0, true,
            "a forward has run for " + in_words(seen.executing) + ", longer than execution_timeout (" +
                in_words(seen.execution_timeout) + ")"};
  return {check::basic, 0, true,
          "it executes nothing and has not answered a heartbeat for " + in_words(how.heartbeat_deadline)};
}

} // namespace pilotlight::health
