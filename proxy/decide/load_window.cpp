#include "proxy/decide/load_window.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr int enough_for_a_line = 8;

double seconds(duration what)
{
  return std::chrono::duration<double>(what).count();
}

} // namespace

load_window::load_window(duration length, int buckets)
    : buckets_(static_cast<std::size_t>(buckets) + 2),
      width_(std::max<duration>(length / buckets, std::chrono::milliseconds(1)))
{
}

/// What lies between the newest one and this was not observed.
void load_window::begin(std::int64_t number)
{
  auto const size = static_cast<std::int64_t>(buckets_.size());
  for (auto each = std::max(newest_ + 1, number - size + 1); each <= number; ++each)
    buckets_[static_cast<std::size_t>(each % size)] = {};
  newest_ = std::max(newest_, number);
}

void load_window::add(instant from, instant to, double amount)
{
  auto const whole = to - from;
  if (whole <= duration::zero()) return;
  auto const longest = width_ * static_cast<std::int64_t>(buckets_.size());
  auto at = std::max(from, to - longest).time_since_epoch();
  while (at < to.time_since_epoch()) {
    auto const number = at / width_;
    auto const until = std::min(to.time_since_epoch(), width_ * (number + 1));
    begin(number);
    auto& slot = buckets_[static_cast<std::size_t>(number) % buckets_.size()];
    slot.amount += static_cast<float>(amount * (seconds(until - at) / seconds(whole)));
    slot.seconds += static_cast<float>(seconds(until - at));
    at = until;
  }
}

template <class Do>
void load_window::each(instant now, duration back, Do what) const
{
  auto const size = static_cast<std::int64_t>(buckets_.size());
  auto const last = now.time_since_epoch() / width_;
  auto const oldest = std::max(last, newest_) - size + 1;
  auto number = std::max<std::int64_t>({0, (now - back).time_since_epoch() / width_, oldest});
  for (auto at = static_cast<std::size_t>(number % size); number <= std::min(last, newest_); ++number) {
    what(number, buckets_[at]);
    if (++at == buckets_.size()) at = 0;
  }
}

double load_window::mean(instant now, duration back) const
{
  double amount = 0;
  double time = 0;
  each(now, back, [&](std::int64_t, bucket const& one) { amount += one.amount, time += one.seconds; });
  return time > 0 ? amount / time : 0;
}

double load_window::covered(instant now, duration back) const
{
  double time = 0;
  each(now, back, [&](std::int64_t, bucket const& one) { time += one.seconds; });
  return time;
}

trend load_window::line(instant now, duration back) const
{
  auto const last = now.time_since_epoch() / width_;
  double const width = seconds(width_);
  int count = 0;
  double time = 0, amount = 0, sum_x = 0, sum_xx = 0, sum_xy = 0, sum_yy = 0;
  each(now, back, [&](std::int64_t number, bucket const& one) {
    if (one.seconds <= 0) return;
    double const x = (static_cast<double>(number - last) + 0.5) * width; // seconds before now, about
    double const weight = one.seconds;
    double const y = one.amount / weight;
    ++count;
    time += weight;
    amount += y * weight;
    sum_x += x * weight;
    sum_xx += x * x * weight;
    sum_xy += x * y * weight;
    sum_yy += y * y * weight;
  });
  trend found;
  if (time <= 0) return found;
  found.mean = found.end = amount / time;
  found.mean_error = found.end_error = std::sqrt(std::max(found.mean, 1 / time) / time);
  double const middle = sum_x / time;
  double const spread = sum_xx / time - middle * middle;
  if (count < enough_for_a_line || spread <= 0) return found;

  found.rise = (sum_xy / time - middle * found.mean) / spread;
  double const scatter =
      std::max(0.0, sum_yy / time - found.mean * found.mean - found.rise * found.rise * spread) * count / (count - 2);
  found.end = std::max(0.0, found.mean - found.rise * middle);
  found.mean_error = std::sqrt(scatter / count);
  found.rise_error = std::sqrt(scatter / (count * spread));
  found.end_error = std::sqrt(scatter / count * (1 + middle * middle / spread));
  return found;
}

} // namespace pilotlight::decide
