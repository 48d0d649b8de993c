#include "proxy/predict/hazard.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace pilotlight::predict {

namespace {

/// What decays of the rates mean at the middle of each step, computed once.
struct decay_table
{
  std::array<std::array<float, rates::scales.size()>, idle_steps> of{};
  decay_table()
  {
    for (std::size_t step = 0; step < idle_steps; ++step)
      for (std::size_t i = 0; i < rates::scales.size(); ++i)
        of[step][i] = static_cast<float>(std::exp(-idle_time.middle(step) / rates::scales[i]));
  }
};
decay_table const decays;

constexpr double rate_floor = 0.3 / 14'400; ///< a rate below it says no more than "rarely"
constexpr double gain = 0.005;

struct slots
{
  std::size_t half_hour, hour_of_week, five_minutes;
};
slots slots_of(double when)
{
  auto const minutes = static_cast<std::uint64_t>(std::max(0.0, when) / 60);
  return {static_cast<std::size_t>(minutes / 30 % 48), static_cast<std::size_t>(minutes / 60 % 168),
          static_cast<std::size_t>(minutes / 5 % 12)};
}

} // namespace

std::array<std::array<float, hazard::sources>, hazard::groups> hazard::first_weights()
{
  std::array<std::array<float, sources>, groups> weights{};
  for (auto& group : weights) {
    group[0] = 0.5F; // the hour
    group[1] = 0.3F; // the hour of the week
    group[2] = 0.5F; // the minutes of the hour
    for (std::size_t i = 4; i < sources; ++i)
      group[i] = 0.15F;
  }
  return weights;
}

std::size_t hazard::group_of(std::size_t step)
{
  auto const idle = idle_time.begin(step);
  return idle < 30 ? 0 : idle < 120 ? 1 : idle < 400 ? 2 : idle < 1'200 ? 3 : idle < 3'600 ? 4 : 5;
}

hazard::opinion hazard::hear(std::size_t step, rates const& recent) const
{
  opinion all;
  auto const group = group_of(step);
  auto const at = slots_of(recent.last_call() + idle_time.middle(step));
  // Gaps of nearly everything that people call have heavy tails: the longer idle, the less likely a call.
  auto const base = by_step_[step].rate(0.3 / (idle_time.begin(step) + 20));
  auto const hour = by_half_hour_[group * 48 + at.half_hour].rate(base);
  all.base = std::log(base);
  all.said[0] = std::log(hour) - all.base;
  all.said[1] = std::log(by_hour_of_week_[group * 168 + at.hour_of_week].rate(hour)) - all.base;
  auto const& minutes = by_minute_[at.five_minutes];
  all.said[2] = std::log((static_cast<double>(minutes.calls) + 5) / (static_cast<double>(minutes.seconds) + 5));
  all.said[3] = 1;
  for (std::size_t i = 0; i < rates::scales.size(); ++i)
    all.said[4 + i] =
        std::log(recent.at_last_call(i) * static_cast<double>(decays.of[step][i]) + rate_floor) - all.base;
  return all;
}

double hazard::at(std::size_t step, rates const& recent) const
{
  auto const all = hear(step, recent);
  auto const& weights = weights_[group_of(step)];
  auto sum = all.base;
  for (std::size_t i = 0; i < sources; ++i)
    sum += static_cast<double>(weights[i]) * all.said[i];
  return std::exp(std::clamp(sum, -16.0, 3.0));
}

void hazard::learn(std::size_t step, rates const& recent, double exposed, bool called, double expected)
{
  auto const all = hear(step, recent);
  auto const group = group_of(step);
  auto const surprise = std::clamp((called ? 1.0 : 0.0) - expected * exposed, -2.0, 1.0);
  for (std::size_t i = 0; i < sources; ++i)
    weights_[group][i] = std::clamp(
        weights_[group][i] + static_cast<float>(gain * surprise * all.said[i] / (1 + all.said[i] * all.said[i])), -3.0F,
        3.0F);
  auto const at = slots_of(recent.last_call() + idle_time.middle(step));
  by_step_[step].add(exposed, called);
  by_half_hour_[group * 48 + at.half_hour].add(exposed, called);
  by_hour_of_week_[group * 168 + at.hour_of_week].add(exposed, called);
  by_minute_[at.five_minutes].add(expected * exposed, called);
  if (called) observed_ = std::min(observed_ + 1, 1e6F);
}

} // namespace pilotlight::predict
