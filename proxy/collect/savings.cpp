#include "proxy/collect/savings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace pilotlight::collect {
namespace {

constexpr double bytes_per_mib = 1048576;
constexpr std::string_view format = "savings-1";

double saved_percent(double spent, double otherwise)
{
  return otherwise > 0 ? 100 * std::clamp(1 - spent / otherwise, 0.0, 1.0) : 0;
}

/// Every number of a span, in the order of the saved text.
template <class Spending, class Visit>
void visit(Spending& span, Visit one)
{
  one(span.seconds);
  one(span.worker_seconds);
  one(span.always_on_seconds);
  one(span.mib_seconds);
  one(span.always_on_mib_seconds);
  one(span.peak_instances);
  one(span.cold_starts);
  one(span.scale_operations);
  one(span.warm);
  one(span.answered);
}

template <class Number>
void append(std::string& out, Number number)
{
  auto digits = std::array<char, 32>();
  auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  (void)error; // the shortest form of a double has at most 24 characters
  out.append(" ").append(digits.data(), end);
}

/// Takes one number off the front. False: there is none, or no sensible one.
template <class Number>
bool take(std::string_view& text, Number& number)
{
  if (!text.starts_with(' ')) return false;
  auto const [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return std::isfinite(static_cast<double>(number)) && number >= Number{0};
}

} // namespace

double spending::cost_savings_percent() const
{
  return saved_percent(worker_seconds, always_on_seconds);
}

double spending::memory_savings_percent() const
{
  return saved_percent(mib_seconds, always_on_mib_seconds);
}

double spending::peak_savings_percent() const
{
  return saved_percent(worker_seconds, seconds * std::max(1, peak_instances));
}

double spending::cache_hit_rate_percent() const
{
  return answered == 0 ? 0 : 100 * static_cast<double>(warm) / static_cast<double>(answered);
}

spending& spending::operator+=(spending const& other)
{
  seconds = std::max(seconds, other.seconds);
  worker_seconds += other.worker_seconds;
  always_on_seconds += other.always_on_seconds;
  mib_seconds += other.mib_seconds;
  always_on_mib_seconds += other.always_on_mib_seconds;
  peak_instances += other.peak_instances;
  cold_starts += other.cold_starts;
  scale_operations += other.scale_operations;
  warm += other.warm;
  answered += other.answered;
  return *this;
}

savings_meter::savings_meter(instant start) : last_(start), day_(std::chrono::floor<std::chrono::days>(start)) {}

void savings_meter::integrate(double seconds)
{
  for (auto* span : {&today_, &all_}) {
    span->seconds += seconds;
    span->worker_seconds += seconds * instances_;
    span->always_on_seconds += seconds * std::max(1, instances_);
    span->mib_seconds += seconds * mib_;
    span->always_on_mib_seconds += seconds * (instances_ > 0 ? mib_ : std::max(mib_, mib_of_one_));
    span->peak_instances = std::max(span->peak_instances, instances_);
  }
}

/// Up to now, cut exactly at each midnight.
void savings_meter::advance(instant now)
{
  while (now > last_) {
    auto const midnight = instant(day_ + std::chrono::days(1));
    auto const until = std::min(now, midnight);
    integrate(std::chrono::duration<double>(until - last_).count());
    last_ = until;
    if (until < midnight) return;
    auto const day = std::chrono::floor<std::chrono::days>(now);
    if (day > day_ + std::chrono::days(1)) { // whole days, which no "today" will ever show
      auto const whole = instant(day);
      integrate(std::chrono::duration<double>(whole - last_).count());
      last_ = whole;
    }
    day_ = day;
    today_ = {};
  }
}

void savings_meter::update(instant now, int instances, std::uint64_t bytes)
{
  advance(now);
  instances_ = std::max(0, instances);
  mib_ = static_cast<double>(bytes) / bytes_per_mib;
  // One instance needs what all have, less what the others add; what they share counts once. Of several, the share of
  // one is an underestimate of that, so the larger of what was seen stays until one alone is measured.
  if (instances_ == 1 && bytes > 0) mib_of_one_ = mib_;
  if (instances_ > 1) mib_of_one_ = std::max(mib_of_one_, mib_ / instances_);
}

void savings_meter::cold_start(instant now)
{
  advance(now);
  ++today_.cold_starts;
  ++all_.cold_starts;
}

void savings_meter::scaled(instant now)
{
  advance(now);
  ++today_.scale_operations;
  ++all_.scale_operations;
}

void savings_meter::answered(instant now, bool warm, std::uint64_t count)
{
  advance(now);
  for (auto* span : {&today_, &all_}) {
    span->answered += count;
    if (warm) span->warm += count;
  }
}

spending savings_meter::today(instant now)
{
  advance(now);
  auto span = today_;
  span.peak_instances = std::max(span.peak_instances, instances_);
  return span;
}

spending savings_meter::since_start(instant now)
{
  advance(now);
  auto span = all_;
  span.peak_instances = std::max(span.peak_instances, instances_);
  return span;
}

std::string savings_meter::save(instant now)
{
  advance(now);
  auto text = std::string(format);
  append(text, day_.time_since_epoch().count());
  append(text, mib_of_one_);
  for (auto const* span : {&today_, &all_})
    visit(*span, [&](auto const number) { append(text, number); });
  return text;
}

bool savings_meter::restore(std::string_view saved, instant now)
{
  if (!saved.starts_with(format)) return false;
  saved.remove_prefix(format.size());
  auto day = std::chrono::days::rep{};
  auto mib_of_one = 0.0;
  auto today = spending(), all = spending();
  auto whole = take(saved, day) && take(saved, mib_of_one);
  for (auto* span : {&today, &all})
    visit(*span, [&](auto& number) { whole = whole && take(saved, number); });
  if (!whole || !saved.empty()) return false;
  advance(now);
  mib_of_one_ = std::max(mib_of_one_, mib_of_one);
  auto const add = [](spending& to, spending const& earlier) {
    auto const seconds = to.seconds + earlier.seconds;
    auto const peak = std::max(to.peak_instances, earlier.peak_instances);
    to += earlier;
    to.seconds = seconds;
    to.peak_instances = peak;
  };
  if (std::chrono::sys_days(std::chrono::days(day)) == day_) add(today_, today);
  add(all_, all);
  return true;
}

} // namespace pilotlight::collect
