// Made-up callers for the tests of prediction: same seed, same calls.
#pragma once
#include "proxy/predict/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace pilotlight::predict::test {

/// Monday, 2026-01-05, 00:00 UTC.
inline constexpr double monday = 1'767'571'200;
inline constexpr double hour = 3'600, day = 86'400;

inline instant at(double seconds)
{
  return instant{duration{static_cast<std::int64_t>(std::llround(seconds * 1e6))}};
}
inline double seconds_of(instant when)
{
  return static_cast<double>(when.time_since_epoch().count()) / 1e6;
}

using calls = std::vector<double>;

/// By the clock: `period` seconds, each call off by a normal jitter, `missing` of them left out.
inline calls by_clock(double period, double jitter, double missing, double days, unsigned seed)
{
  std::mt19937_64 random(seed);
  std::normal_distribution<double> off(0, jitter);
  std::uniform_real_distribution<double> share(0, 1);
  calls all;
  for (double when = monday + period; when < monday + days * day; when += period)
    if (share(random) >= missing) all.push_back(when + off(random));
  std::sort(all.begin(), all.end());
  return all;
}

/// A Poisson process whose rate (calls per second) depends on the time.
template <class Rate>
calls by_chance(Rate rate, double highest, double days, unsigned seed)
{
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap(highest);
  std::uniform_real_distribution<double> share(0, 1);
  calls all;
  for (double when = monday + gap(random); when < monday + days * day; when += gap(random))
    if (share(random) * highest < rate(when)) all.push_back(when);
  return all;
}

/// Clusters of calls a few seconds to minutes apart, hours of silence between them.
inline calls in_bursts(double days, unsigned seed)
{
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> silence(1 / (1.2 * hour)), gap(1 / 40.0);
  std::uniform_int_distribution<int> size(1, 25);
  calls all;
  for (double when = monday; when < monday + days * day; when += silence(random))
    for (int i = size(random); i > 0; --i)
      all.push_back(when += gap(random));
  return all;
}

/// Gaps of a Pareto law, at least `least` seconds: the smaller `exponent`, the heavier the tail; none over two days.
inline calls with_heavy_tail(double exponent, double least, double days, unsigned seed)
{
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share(0, 1);
  calls all;
  for (double when = monday; when < monday + days * day;)
    all.push_back(when += std::min(least * std::pow(1 - share(random), -1 / exponent), 2 * day));
  return all;
}

/// On for a while with calls by chance, then off; the lengths by chance too. Seconds, in the mean.
inline calls on_and_off(double on, double off, double gap, double days, unsigned seed)
{
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> unit(1);
  calls all;
  for (double when = monday; when < monday + days * day; when += off * unit(random)) {
    auto const end = when + on * unit(random);
    while ((when += gap * unit(random)) < end)
      all.push_back(when);
    when = end;
  }
  return all;
}

/// Workdays from 8 to 18 h and little else.
inline double in_office_hours(double when)
{
  auto const weekday = std::fmod((when - monday) / day, 7) < 5;
  auto const hours = std::fmod(when, day) / hour;
  return (weekday ? 1 : 0.15) * (hours > 8 && hours < 18 ? 1 / 120.0 : 1 / 2'400.0);
}

struct lived
{
  double waits = 0, warm = 0;             ///< calls that found less than `warm_enough`; seconds at it or warmer
  double plain_waits = 0, plain_warm = 0; ///< of the plain delay on the same calls
  int asked = 0;
};

/// Replays calls from `from` on as the server would: nothing inside after each call, then asks until the next one.
inline lived replay(predictor& model, calls const& all, double from = 0, decide::start_costs const& costs = {},
                    double delay = 300)
{
  auto const warm_enough = decide::cheapest_within(costs, std::chrono::milliseconds(100));
  lived sum;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    model.arrived(at(all[i]));
    auto const counts = all[i] >= from;
    auto now = all[i];
    auto here = rung::instance;
    while (now < all[i + 1]) {
      auto const rest = model.advise(at(now), at(all[i]), costs);
      ++sum.asked;
      here = rest.at;
      auto const end = std::min(seconds_of(rest.until), all[i + 1]);
      if (!(end > now)) break;
      if (counts && here >= warm_enough) sum.warm += end - now;
      now = end;
    }
    if (!counts) continue;
    sum.waits += here < warm_enough ? 1 : 0;
    sum.plain_waits += all[i + 1] - all[i] > delay ? 1 : 0;
    sum.plain_warm += std::min(delay, all[i + 1] - all[i]);
  }
  return sum;
}

} // namespace pilotlight::predict::test
