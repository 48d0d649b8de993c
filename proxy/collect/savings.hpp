// What has this model cost, and what would it have cost had it never been put out? Integrals over measured numbers of
// instances and bytes. Pure: time is an argument.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::collect {

using decide::instant;

/// One model, or a sum of several, over one span of time.
///
/// Always-on is a server that scales out just as this one did but never goes below one instance of each model. Nothing
/// in it is assumed: at every moment it holds max(1, instances) instances, and the memory that was in use at that
/// moment or, while fewer than one instance ran, the memory that one was last measured to need (nothing before the
/// first measurement).
struct spending
{
  double seconds = 0;               ///< the span
  double worker_seconds = 0;        ///< integral of the instances that existed, starting and draining ones included
  double always_on_seconds = 0;     ///< integral of max(1, instances)
  double mib_seconds = 0;           ///< integral of the memory of all of the model's processes, its zygote included
  double always_on_mib_seconds = 0; ///< the same of always-on
  int peak_instances = 0;
  std::uint64_t cold_starts = 0;        ///< starts that requests have waited for
  std::uint64_t scale_operations = 0;   ///< scalings up, down and to zero that were carried out
  std::uint64_t warm = 0, answered = 0; ///< requests that found a ready instance when they came, of those answered

  /// 100 * (1 - worker_seconds / always_on_seconds); 0 while nothing was measured. Never negative.
  double cost_savings_percent() const;
  /// The same of memory over time.
  double memory_savings_percent() const;
  /// Against the usual way to provision: as many instances all the time as the span needed at its peak (at least one).
  double peak_savings_percent() const;
  /// 100 * warm / answered; 0 when none was answered.
  double cache_hit_rate_percent() const;

  spending& operator+=(spending const& other); ///< seconds: the longer; peaks: the sum
  bool operator==(spending const&) const = default;
};

/// Follows one model.
class savings_meter
{
public:
  /// From now on it exists, with no instance.
  explicit savings_meter(instant start);

  /// So many instances, and bytes of all its processes, from now on. Call it at each change and once a tick.
  void update(instant now, int instances, std::uint64_t bytes);
  void cold_start(instant now);
  void scaled(instant now);
  void answered(instant now, bool warm, std::uint64_t count = 1);

  /// Since midnight UTC. Integrates up to `now` first.
  spending today(instant now);
  /// Since start, or since what restore() brought.
  spending since_start(instant now);

  /// For the next run: both spans, as a line of text of some hundred bytes.
  std::string save(instant now);
  /// Continues with what an earlier run saved; today's only if it is still that day. False: unreadable, nothing done.
  bool restore(std::string_view saved, instant now);

private:
  void advance(instant now);
  void integrate(double seconds);

  instant last_;
  std::chrono::sys_days day_;
  int instances_ = 0;
  double mib_ = 0;
  double mib_of_one_ = 0; ///< when it last had instances
  spending today_, all_;
};

} // namespace pilotlight::collect
