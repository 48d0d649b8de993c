#include "proxy/health/score.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::health {
namespace {

/// Rounded down, so that a mean of failing scores does not pass.
int floored(double score)
{
  constexpr double rounding = 1e-9; // of a mean of equal integers
  return static_cast<int>(std::clamp(score + rounding, 0.0, 100.0));
}

int mean(std::span<int const> scores)
{
  auto sum = 0.0;
  for (auto const score : scores)
    sum += score;
  return floored(sum / static_cast<double>(scores.size()));
}

} // namespace

std::optional<int> instance_score(std::array<std::optional<int>, checks> const& by_check)
{
  constexpr int above_worst = 20;
  auto sum = 0.0;
  auto weights = 0;
  auto most = 100;
  for (std::size_t i = 0; i < checks; ++i) {
    if (!by_check[i]) continue;
    auto const score = std::clamp(*by_check[i], 0, 100);
    sum += score * check_weights[i];
    weights += check_weights[i];
    auto const which = static_cast<check>(i);
    auto const vital = which == check::basic || which == check::functional;
    most = std::min(most, score + (vital ? 0 : above_worst));
  }
  if (weights == 0) return std::nullopt;
  return std::min(floored(sum / weights), most);
}

model_result model_score(model_parts const& parts)
{
  constexpr int above_worse = 15;
  auto result = model_result();
  if (!parts.instances.empty()) result.function = mean(parts.instances);
  if (parts.cannot_start && parts.instances.empty()) result.function = 0;
  if (parts.out_of_service)
    result.score = 0;
  else if (result.function && parts.accuracy)
    result.score = std::min(floored(0.6 * *result.function + 0.4 * *parts.accuracy),
                            std::min(*result.function, *parts.accuracy) + above_worse);
  else if (result.function)
    result.score = result.function;
  return result;
}

std::optional<int> service_score(std::span<weighted_score const> models)
{
  if (models.empty()) return std::nullopt;
  auto sum = 0.0, weights = 0.0;
  auto worst = 100;
  for (auto const& each : models) {
    auto const weight = std::max(each.weight, 1e-9);
    sum += each.score * weight;
    weights += weight;
    worst = std::min(worst, each.score);
  }
  auto const score = floored(sum / weights);
  return level_of(worst) >= level::unhealthy ? std::min(score, pass_mark - 1) : score;
}

} // namespace pilotlight::health
