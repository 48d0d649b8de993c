// How healthy are an instance, a model, the service? Pure. Every score is monotone: nothing that gets better makes it
// worse.
#pragma once
#include "proxy/health/check.hpp"

#include <array>
#include <optional>
#include <span>

namespace pilotlight::health {

/// From a score of 80 on healthy, 50 degraded, 20 unhealthy, below critical.
constexpr level level_of(int score)
{
  return score >= 80   ? level::healthy
         : score >= 50 ? level::degraded
         : score >= 20 ? level::unhealthy
                       : level::critical;
}

/// Weights of basic, detailed, performance and functional in an instance's score.
inline constexpr std::array<int, checks> check_weights{30, 15, 30, 25};

/// The score of an instance by its checks, those that have not spoken left out (nothing: none has). The weighted mean,
/// but
/// - at most the score of basic, and at most that of functional: who does not answer, or answers wrongly, is not saved
/// by
///   low memory;
/// - at most 20 above the worst of the others: one bad check does not drown in three good ones. Slowness or a leak
///   alone reach "unhealthy" at worst, never "critical".
std::optional<int> instance_score(std::array<std::optional<int>, checks> const& by_check);

struct model_parts
{
  std::span<int const> instances{}; ///< scores of the instances that have one; not of draining ones
  bool cannot_start = false;        ///< its breaker is open, or its file cannot be loaded
  bool out_of_service = false;      ///< by its function (trust.hpp)
  std::optional<int> accuracy{};    ///< score of its last canary, of any instance; nothing: not asked yet, or no canary
};

struct model_result
{
  /// Nothing: it has nothing to be judged by. At zero, and able to start, a model is neither healthy nor unhealthy.
  std::optional<int> score{};
  std::optional<int> function{}; ///< mean of its instances, 0 when it cannot start
};

/// 60 % function, 40 % accuracy (function alone before the first canary), and at most 15 above the worse of the two:
/// with function 0 nothing serves, which is critical. Out of service: 0. Without a function: nothing.
model_result model_score(model_parts const& parts);

struct weighted_score
{
  int score = 100;
  double weight = 1; ///< > 0: 1 + its requests of the last minute, or whatever says how much it matters
};

/// The service's score by those of the models that have one: the weighted mean, and at most 79 ("degraded") while one
/// of them is unhealthy or critical. Nothing: no model has one. That is the rest of a service at zero.
std::optional<int> service_score(std::span<weighted_score const> models);

} // namespace pilotlight::health
