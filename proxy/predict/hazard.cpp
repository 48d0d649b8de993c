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

hazard::opinion hazard::of(std::size_t step, rates const& recent) const
{
  opinion all;
  auto const group = group_of(step);
  auto const minutes = static_cast<std::uint64_t>(std::max(0.0, recent.last_call() + idle_time.middle(step)) / 60);
  all.half_hour = group * 48 + minutes / 30 % 48;
  all.hour_of_week = group * 168 + minutes / 60 % 168;
  all.five_minutes = minutes / 5 % 12;
  // Gaps of nearly everything that people call have heavy tails: the longer idle, the less likely a call.
  auto const by_idle = by_step_[step].rate(0.3 / (idle_time.begin(step) + 20));
  auto const by_hour = by_half_hour_[all.half_hour].rate(by_idle);
  auto const base = std::log(by_idle);
  auto const& schedule = by_minute_[all.five_minutes];
  all.said[0] = std::log(by_hour) - base;
  all.said[1] = std::log(by_hour_of_week_[all.hour_of_week].rate(by_hour)) - base;
  all.said[2] = std::log((static_cast<double>(schedule.calls) + 5) / (static_cast<double>(schedule.seconds) + 5));
  all.said[3] = 1;
  for (std::size_t i = 0; i < rates::scales.size(); ++i)
    all.said[4 + i] = std::log(recent.at_last_call(i) * static_cast<double>(decays.of[step][i]) + rate_floor) - base;
  auto sum = base;
  for (std::size_t i = 0; i < sources; ++i)
    sum += static_cast<double>(weights_[group][i]) * all.said[i];
  all.rate = std::exp(std::clamp(sum, -16.0, 3.0));
  return all;
}

void hazard::learn(std::size_t step, double exposed, bool called, opinion const& before)
{
  auto& weights = weights_[group_of(step)];
  auto const surprise = std::clamp((called ? 1.0 : 0.0) - before.rate * exposed, -2.0, 1.0);
  for (std::size_t i = 0; i < sources; ++i) {
    auto const said = before.said[i];
    weights[i] = std::clamp(weights[i] + static_cast<float>(gain * surprise * said / (1 + said * said)), -3.0F, 3.0F);
  }
  by_step_[step].add(exposed, called);
  by_half_hour_[before.half_hour].add(exposed, called);
  by_hour_of_week_[before.hour_of_week].add(exposed, called);
  by_minute_[before.five_minutes].add(before.rate * exposed, called);
}

} // namespace pilotlight::predict
