#include "proxy/balance/service_law.hpp"

#include <algorithm>

namespace pilotlight::balance {
namespace {

constexpr double keep = 0.995; ///< the last two hundred requests count
constexpr double least_ms = 1e-4;

} // namespace

double service_law::expected_ms(double kib) const
{
  auto expected = fit_.at(terms(kib));
  if (kib > largest_) expected = std::max(expected, fit_.at(terms(largest_)));
  return std::max(expected, shortest_ * 0.1 + least_ms);
}

void service_law::begin(fit::vector const& law, double kib, double ms, double doubt)
{
  auto const size = std::max(kib, 1.0 / 1024);
  auto const flat = doubt * ms * ms;
  fit_ = fit(law, {flat, flat / (size * size), flat / (size * size * size * size)});
  shortest_ = ms;
  mean_ms_ = ms;
  mean_kib_ = size;
}

void service_law::learn(double kib, double ms)
{
  ms = std::max(ms, least_ms);
  if (samples_ == 0) begin({ms, 0, 0}, kib, ms, 1'000); // it knows nothing yet
  ++samples_;
  largest_ = std::max(largest_, kib);
  auto const expected = std::max(expected_ms(kib), 0.1 * mean_ms_);
  auto x = terms(kib);
  for (auto& each : x)
    each /= expected;
  // Once the law is known, a wild one (a page fault, a preempted worker) must not bend it.
  fit_.learn(x, samples_ < 50 ? ms / expected : std::min(ms / expected, 8.0), keep);
  shortest_ = std::min(shortest_, ms);
  mean_ms_ += 0.01 * (ms - mean_ms_);
  mean_kib_ += 0.01 * (kib - mean_kib_);
}

service_law service_law::born_from(service_law const& parent)
{
  auto child = service_law();
  if (!parent.known()) return child;
  child.begin(parent.fit_.law(), parent.mean_kib_, parent.mean_ms_, 4);
  child.shortest_ = parent.shortest_;
  child.largest_ = parent.largest_;
  child.samples_ = 1;
  return child;
}

} // namespace pilotlight::balance
