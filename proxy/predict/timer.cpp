#include "proxy/predict/timer.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr double tolerance = 0.12;      ///< of the period: jitter that still counts as regular
constexpr std::size_t calls_wanted = 4; ///< three equal gaps
constexpr double share_wanted = 0.8;    ///< of the gaps that must fit
constexpr double lock_gain = 0.12;      ///< how much one call moves the locked clock
constexpr double error_gain = 0.06;
constexpr double narrowest = 0.5; ///< seconds: half a window

std::size_t hour_of_week(double when)
{
  return static_cast<std::size_t>(std::max(0.0, when) / 3'600) % 168;
}

} // namespace

void timer::look_for_period()
{
  if (known_ < calls_wanted) return;
  std::array<double, remembered> gaps{};
  auto const first = remembered - known_;
  auto const count = known_ - 1;
  for (std::size_t i = 0; i < count; ++i)
    gaps[i] = recent_[first + i + 1] - recent_[first + i];
  auto sorted = gaps;
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
  // The lower median: with calls missing, gaps of two periods are among them.
  auto const candidate = sorted[(count - 1) / 2];
  // Least squares of the call's time over the number of its period.
  double number = 0, n_sum = 0, t_sum = 0, nn = 0, nt = 0;
  std::size_t fitting = 0;
  for (std::size_t i = 0; i <= count; ++i) {
    if (i > 0) {
      auto const periods = std::max(1.0, std::round(gaps[i - 1] / candidate));
      if (std::abs(gaps[i - 1] - periods * candidate) <= tolerance * candidate) ++fitting;
      number += periods;
    }
    auto const time = recent_[first + i] - recent_[first];
    n_sum += number;
    t_sum += time;
    nn += number * number;
    nt += number * time;
  }
  if (static_cast<double>(fitting) < share_wanted * static_cast<double>(count)) return;
  auto const size = static_cast<double>(count + 1);
  auto const spread = nn - n_sum * n_sum / size;
  if (!(spread > 0)) return;
  auto period = (nt - n_sum * t_sum / size) / spread;
  auto const start = (t_sum - period * n_sum) / size;
  if (!(std::abs(period - candidate) < tolerance * candidate)) return;
  double off = 0, free = 0;
  number = 0;
  for (std::size_t i = 0; i <= count; ++i) {
    if (i > 0) {
      auto const periods = std::max(1.0, std::round(gaps[i - 1] / candidate));
      free += std::abs(gaps[i - 1] - periods * period) / static_cast<double>(count);
      number += periods;
    }
    off += std::abs(recent_[first + i] - recent_[first] - start - number * period) / size;
  }
  // Two of the errors went into the fit.
  off *= size / (size - 2);
  // What people and cron write are whole minutes: taken where the measure allows it.
  auto const whole = std::round(period / 60) * 60;
  if (whole > 0 && std::abs(whole - period) <= 3 * off / std::sqrt(spread)) period = whole;
  period_ = period;
  expected_locked_ = recent_[first] + start + number * period;
  error_locked_ = off;
  error_free_ = free;
  off_beat_ = 0;
  by_miss_ = {};
  by_hour_ = {};
  by_miss_[0] = {.came = static_cast<std::uint8_t>(fitting), .passed = static_cast<std::uint8_t>(count)};
}

double timer::error() const
{
  return std::max(std::min(error_locked_, error_free_), 0.2);
}

double timer::expected_at(std::size_t k) const
{
  return (locked() ? expected_locked_ : last_) + static_cast<double>(k) * period_;
}

double timer::chance_of(std::size_t k, double when) const
{
  auto const miss = std::min<std::size_t>(k, by_miss_.size()) - 1;
  constexpr std::array<double, 4> before{0.9, 0.7, 0.3, 0.05};
  return by_hour_[hour_of_week(when)].chance(by_miss_[miss].chance(before[miss], 2), 2);
}

window timer::expected(std::size_t k, std::size_t width, double price) const
{
  auto const at = expected_at(k);
  auto const half = std::clamp(window_widths[width] * error(), narrowest, period_ / 2);
  window open{at - half, at + half, chance_of(k, at)};
  if (open.chance * price < 2 * half) open.end = open.begin;
  return open;
}

window timer::next(double now, std::size_t width, double price) const
{
  auto const passed = (now - expected_at(0)) / period_;
  auto k = passed > 1 ? static_cast<std::size_t>(passed) : 1;
  for (std::size_t i = 0; i < look_ahead; ++i, ++k) {
    auto const open = expected(k, width, price);
    if (open.begin < open.end && open.end > now) return open;
  }
  auto const end = expected_at(k) - period_ / 2;
  return {end, end, 0};
}

void timer::follow(double when)
{
  auto const gap = when - last_;
  auto const by_clock = (when - expected_locked_) / period_;
  auto const periods = std::max(1.0, std::round(locked() ? by_clock : gap / period_));
  auto const late = when - (expected_locked_ + std::max(1.0, std::round(by_clock)) * period_);
  auto const late_free = gap - std::max(1.0, std::round(gap / period_)) * period_;
  auto const fits = std::min(std::abs(late), std::abs(late_free)) <= std::max(0.25 * period_, 6 * error());
  off_beat_ += 0.1 * ((fits ? 0.0 : 1.0) - off_beat_);
  if (off_beat_ > 0.35) {
    period_ = 0;
    return;
  }
  if (!fits) return;
  // The windows that passed without a call, and the one it came in. Beyond a day's worth nothing new is learned.
  auto const count = static_cast<std::size_t>(std::min(periods, static_cast<double>(look_ahead)));
  for (std::size_t k = 1; k <= count; ++k) {
    auto const last_one = static_cast<double>(k) >= periods;
    by_miss_[std::min<std::size_t>(k, by_miss_.size()) - 1].add(last_one);
    by_hour_[hour_of_week(expected_at(k))].add(last_one);
  }
  expected_locked_ += std::max(1.0, std::round(by_clock)) * period_ + lock_gain * late;
  period_ += lock_gain * lock_gain / 4 * late / std::max(1.0, std::round(by_clock));
  error_locked_ += error_gain * (std::abs(late) - error_locked_);
  // After a long silence a sleeping loop has a new phase: one such error says nothing about its jitter.
  if (periods < 3) error_free_ += error_gain * (std::abs(late_free) - error_free_);
}

void timer::called(double when)
{
  if (recognised()) follow(when);
  std::shift_left(recent_.begin(), recent_.end(), 1);
  recent_.back() = when;
  known_ = std::min(known_ + 1, remembered);
  last_ = when;
  if (!recognised()) look_for_period();
}

void timer::resumed(double when)
{
  if (when < last_) *this = {};
  if (recognised()) expected_locked_ += std::max(0.0, std::round((when - expected_locked_) / period_)) * period_;
  known_ = 0;
  last_ = when;
}

} // namespace pilotlight::predict
