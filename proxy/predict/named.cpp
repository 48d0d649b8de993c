#include "proxy/predict/named.hpp"

#include <array>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr float gaps_wanted = 8;
constexpr double always_busy = 0.1; ///< share of time in gaps over a minute
constexpr double hour_tells = 4;    ///< F of hour_matters; 24 hours over 8 days: chance gives 2 once in a hundred
constexpr double clustered = 1.5;   ///< coefficient of variation of the gaps; a Poisson process has 1
constexpr double few_a_day = 12;

} // namespace

double hour_matters(history const& past)
{
  std::array<double, 24> sum{}, squares{};
  std::array<int, 24> known{};
  auto const last = past.last();
  auto const last_hour = (last + 1) / 4 - 1;
  for (auto hour = last_hour; hour > last_hour - 8 * 24 + 1 && hour >= 0; --hour) {
    double calls = 0;
    for (int quarter = 0; quarter < 4; ++quarter)
      calls += std::exp(past.of(hour * 4 + quarter)) - history::floor;
    if (std::isnan(calls)) continue;
    // The root evens out the scatter of counts (Bartlett 1936).
    auto const value = std::sqrt(std::max(0.0, calls * 15));
    auto const slot = static_cast<std::size_t>(hour % 24);
    sum[slot] += value;
    squares[slot] += value * value;
    ++known[slot];
  }
  double total = 0, within = 0;
  int hours = 0, all = 0;
  for (std::size_t i = 0; i < 24; ++i) {
    if (known[i] < 3) return 0;
    total += sum[i];
    all += known[i];
    ++hours;
    within += squares[i] - sum[i] * sum[i] / known[i];
  }
  auto const mean = total / all;
  double between = 0;
  for (std::size_t i = 0; i < 24; ++i)
    between += known[i] * std::pow(sum[i] / known[i] - mean, 2);
  between /= hours - 1;
  within /= all - hours;
  return between / (within + 1e-9);
}

pattern name_of(gap_sums const& gaps, bool by_clock, history const* past)
{
  if (by_clock) return pattern::periodic;
  auto const seconds = static_cast<double>(gaps.seconds);
  if (gaps.calls < gaps_wanted || seconds < 600) return pattern::unknown;
  auto const resting = static_cast<double>(gaps.resting) / seconds;
  auto const by_hour = past != nullptr ? hour_matters(*past) : 0;
  if (by_hour > hour_tells) return pattern::diurnal;
  if (resting < always_busy) return pattern::steady;
  if (gaps.idle < gaps_wanted) return pattern::unknown;
  auto const mean = seconds / static_cast<double>(gaps.idle);
  auto const variation = std::sqrt(std::max(0.0, static_cast<double>(gaps.squares / gaps.idle) - mean * mean)) / mean;
  auto const bursts_a_day = 86'400 / mean;
  auto const crowded = gaps.calls > 3 * gaps.idle;
  if (crowded || (variation > clustered && bursts_a_day > few_a_day)) return pattern::bursty;
  return pattern::rare;
}

} // namespace pilotlight::predict
