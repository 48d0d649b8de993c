// What is there to tell after all policies have been replayed? Plain data; shown as a table, as JSON, as a page.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/engine.hpp"
#include "proxy/simulate/trace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pilotlight::simulate {

/// Forecasts of a minute's count, made so long ahead, against what came. 1 - WAPE: 1 less the sum of the absolute
/// errors over the sum of the counts. "Last": the same of repeating the last whole minute.
struct accuracy
{
  duration ahead{0};
  double error = 0, last_error = 0, actual = 0; ///< sums over minutes and models
  std::uint64_t minutes = 0;

  double forecast() const { return actual > 0 ? 1 - error / actual : 0; }
  double last() const { return actual > 0 ? 1 - last_error / actual : 0; }
};

/// One policy beside others that know less, or more.
struct comparison
{
  double waited = 0, mebibyte_seconds = 0; ///< of the policy, gaps and starts alone
  // The fixed delay that costs the same memory.
  double same_memory_delay = 0, same_memory_waited = 0; ///< seconds, requests
  // The fixed delay with no more waits.
  double same_waits_delay = 0, same_waits_mebibyte_seconds = 0;
  // scale_to_zero_delay as configured.
  double plain_waited = 0, plain_mebibyte_seconds = 0;
  // Who knows the trace and bridges the shortest gaps, for the same memory; and who also starts ahead of each call.
  double clairvoyant_waited = 0, prewarming_waited = 0;
  double clairvoyant_mebibyte_seconds = 0; ///< who bridges the shortest gaps, for no more waits
};

struct policy_result
{
  std::string name; ///< fixed, reactive, predictive, clairvoyant
  outcome ran;
  std::vector<accuracy> forecasts, late_forecasts; ///< of the whole; after the first two weeks
  std::optional<simulate::comparison> compared;    ///< where one instance a model is enough
  /// Else: of who knows how many instances each interval needs, at the same p99 wait.
  std::optional<double> schedule_utilisation;
};

struct report
{
  simulate::trace const* trace = nullptr;
  simulate::costs costs;
  std::uint64_t seed = 1;
  double plain_delay = 300; ///< scale_to_zero_delay, seconds
  int max_instances = 3;
  double always_on_worker_seconds = 0, always_on_mebibyte_seconds = 0;
  int always_on_instances = 0; ///< of all models
  std::vector<policy_result> policies;
};

/// 1 - part / whole; 0 where there is no whole.
inline double saved(double part, double whole)
{
  return whole > 0 ? 1 - part / whole : 0;
}

} // namespace pilotlight::simulate
