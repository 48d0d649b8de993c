#include "proxy/balance/instance_forecast.hpp"

#include <cmath>

namespace pilotlight::balance {
namespace {

constexpr double keep = 0.998;
constexpr double error_smoothing = 0.02;
/// One that runs longer than it should is expected to go on for this part of what it is over.
constexpr double overrun = 0.5;

double ms_between(moment from, moment to)
{
  return std::max(std::chrono::duration<double, std::milli>(to - from).count(), 0.0);
}

} // namespace

double instance_forecast::before_ms(moment now) const
{
  if (count_ == 0) return 0;
  auto const running = ms_between(head_since_, now);
  auto const cost = static_cast<double>(inside_[0].cost_ms);
  auto const left = running < cost ? cost - running : (running - cost) * overrun;
  return std::max(backlog_ms_ - cost, 0.0) + left;
}

instance_forecast::correction::vector instance_forecast::terms(double own, double before, std::uint32_t in_flight) const
{
  // All in milliseconds, so that the law has no units and the same doubt fits each.
  return {own, before, own * in_flight, own * cores_, recent_ms_};
}

double instance_forecast::judged(correction::vector const& x) const
{
  auto const plain = x[0] + x[1];
  if (corrected_error_ >= plain_error_) return plain;
  return std::clamp(correction_.at(x), 0.25 * plain, 4 * plain);
}

double instance_forecast::latency_ms(double kib, candidate const& as, moment now) const
{
  return judged(terms(service_.expected_ms(kib), before_ms(now), as.in_flight));
}

void instance_forecast::submitted(std::uint64_t request, double kib, moment when)
{
  if (count_ == 0) {
    head_since_ = when;
    backlog_ms_ = 0;
  }
  if (count_ == most) return;
  auto& added = inside_[count_];
  auto const own = service_.known() ? service_.expected_ms(kib) : 0.0;
  auto const before = before_ms(when);
  auto const x = terms(own, before, count_);
  added = {request, when, static_cast<float>(kib), static_cast<float>(own), static_cast<float>(own + before), {}};
  std::ranges::transform(x, added.terms.begin(), [](double each) { return static_cast<float>(each); });
  backlog_ms_ += static_cast<double>(added.cost_ms);
  ++count_;
}

std::optional<double> instance_forecast::completed(std::uint64_t request, moment when, double latency_ms, bool failed)
{
  auto const end = inside_.begin() + count_;
  auto const found = std::find_if(inside_.begin(), end, [&](inside const& each) { return each.request == request; });
  if (found == end) return std::nullopt;
  auto const done = *found;
  std::move(found + 1, end, found);
  --count_;
  backlog_ms_ = std::max(backlog_ms_ - static_cast<double>(done.cost_ms), 0.0);
  // It could run from when it came, or from when the one before it had ended.
  auto const took = ms_between(std::max(done.when, last_answer_), when);
  last_answer_ = when;
  head_since_ = when;
  if (failed) return std::nullopt;
  auto const actual = std::max(latency_ms, 1e-4);
  recent_ms_ = recent_ms_ > 0 ? recent_ms_ + 0.1 * (actual - recent_ms_) : actual;
  auto const plain = static_cast<double>(done.plain_ms);
  if (plain > 0) {
    auto x = correction::vector();
    std::ranges::transform(done.terms, x.begin(), [&](float each) { return static_cast<double>(each) / plain; });
    auto const y = std::min(actual / plain, 8.0);
    plain_error_ += error_smoothing * (std::abs(y - 1) - plain_error_);
    corrected_error_ += error_smoothing * (std::abs(y - correction_.at(x)) - corrected_error_);
    correction_.learn(x, y, keep);
  }
  service_.learn(static_cast<double>(done.kib), took);
  return took;
}

} // namespace pilotlight::balance
