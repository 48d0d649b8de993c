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
constexpr double doubt = 0.02;              ///< in the first weights
constexpr double memory = 0.9997;           ///< of the mixture, per call expected
constexpr double most = 2;                  ///< fewer calls than expected count as so many fewer at most

} // namespace

std::array<regression<hazard::sources>, hazard::groups> hazard::first_mixtures()
{
  regression<sources>::hints weights{
      0.5F, // the hour
      0.3F, // the hour of the week
      0.5F, // the minutes of the hour
  };
  for (std::size_t i = 4; i < sources; ++i)
    weights[i] = 0.15F;
  regression<sources> const fresh(weights, doubt);
  return {fresh, fresh, fresh, fresh, fresh, fresh};
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
  auto const say = [&all](std::size_t source, double what) { all.said[source] = static_cast<float>(what); };
  say(0, std::log(by_hour) - base);
  say(1, std::log(by_hour_of_week_[all.hour_of_week].rate(by_hour)) - base);
  say(2, std::log((static_cast<double>(schedule.calls) + 5) / (static_cast<double>(schedule.seconds) + 5)));
  say(3, 1);
  for (std::size_t i = 0; i < rates::scales.size(); ++i)
    say(4 + i, std::log(recent.at_last_call(i) * static_cast<double>(decays.of[step][i]) + rate_floor) - base);
  all.rate = std::exp(std::clamp(base + mixtures_[group].of(all.said), -16.0, 3.0));
  return all;
}

void hazard::learn(std::size_t step, double exposed, bool called, opinion const& before)
{
  auto& mixture = mixtures_[group_of(step)];
  // The likelihood's curvature is the number of calls expected: so much this observation counts, and its outcome is
  // where a straight line through the curve would have it.
  auto const expected = std::clamp(before.rate * exposed, 1e-9, most);
  auto const surprise = (called ? 1.0 : 0.0) - expected;
  auto const outcome = mixture.of(before.said) + surprise / expected;
  mixture.learn(before.said, outcome, expected, 1 - (1 - memory) * expected, 1 / 1e-9);
  by_step_[step].add(exposed, called);
  by_half_hour_[before.half_hour].add(exposed, called);
  by_hour_of_week_[before.hour_of_week].add(exposed, called);
  by_minute_[before.five_minutes].add(before.rate * exposed, called);
}

} // namespace pilotlight::predict
