// How many instances does a model's load ask for? From its windows and facts to two counts, up and down. Pure.
#pragma once
#include "proxy/decide/load_window.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/decide/usual_queue.hpp"

#include <cstdint>
#include <string>

namespace pilotlight::decide {

/// What one model's load was, tick after tick.
struct load_history
{
  explicit load_history(duration stable) : arrivals(stable * 2, 120), concurrency(stable), cores(stable) {}

  load_window arrivals, concurrency, cores;
  instant seen{}; ///< the last tick
  bool any = false;

  /// One tick's facts. A second call for the same instant adds nothing.
  void observe(model_facts const& facts, instant now);
};

/// Which signal asked for the most instances.
enum class signal : std::uint8_t
{
  none,
  arrivals,    ///< arrivals x service time over the stable window and its trend
  burst,       ///< the same over the panic window
  concurrency, ///< requests inside against the target
  cpu,
  latency,
  queue,
  forecast,
};

struct demand
{
  int up = 0;          ///< so many are needed now
  int down = 0;        ///< so many would do, by the lower thresholds: at most `up` unless noise is large
  int panic = 0;       ///< what the panic window alone asks for
  bool rising = false; ///< fewer would soon be too few again: the load goes up beyond its noise
  double load = 0;     ///< erlangs by which `up` was found
  signal by = signal::none;
};

/// Each signal gives a count; the largest holds. Load: arrivals x service (Little's law) by square-root staffing;
/// concurrency / (target x utilisation) as Knative's KPA; CPU by the same staffing against cpu_scale_up; p95 against
/// response_time_max; forecast x service ahead of time. `down` uses upper bounds of the same signals (noise) against
/// the lower thresholds, so that going down and up again needs a change of load, not of luck. With `doubt` (an instance
/// went a moment ago) a rise counts only once it is in the mean, or is a burst, and instances may be fuller.
demand wanted(load_history const& history, model_facts const& facts, model_policy const& policy, instant now,
              bool doubt = false);

/// Instances that the queue of this moment asks for; 0: nothing unusual. A load step is seen when more wait than chance
/// makes wait for this model (once in a million looks), or more than queue_length_max for each ready instance for a
/// sixth of the panic window, and they would not be gone before a new instance is there. Looks are learned from.
/// With `doubt` (an instance went a moment ago) only twice that queue counts, and one that lasts
/// several starts: what it did alone may look like a step.
int surge(load_history const& history, usual_queue& queue, model_facts const& facts, model_policy const& policy,
          instant now, bool doubt = false);

/// The lower threshold that belongs to an upper one: two instances at cpu_scale_down may become one.
double lower_utilisation(double upper, thresholds const& limits);

/// "7.2 requests inside over 6 s, target 2 per instance", for the signal that decided.
std::string clause(demand const& found, load_history const& history, model_facts const& facts,
                   model_policy const& policy, instant now);

} // namespace pilotlight::decide
