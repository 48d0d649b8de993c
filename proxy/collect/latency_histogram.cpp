#include "proxy/collect/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace pilotlight::collect {
namespace {

constexpr unsigned lowest_power = 10; // 1,024 ns
constexpr unsigned powers = 32;
constexpr unsigned step_bits = 5; // 32 buckets in each power of two
constexpr std::size_t steps = std::size_t{1} << step_bits;

} // namespace

std::size_t latency_histogram::bucket_of(nanoseconds took)
{
  constexpr auto lowest = std::int64_t{1} << lowest_power;
  constexpr auto highest = (std::int64_t{1} << (lowest_power + powers)) - 1;
  auto const value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(took.count(), lowest, highest));
  auto const power = static_cast<unsigned>(std::bit_width(value)) - 1;
  auto const step = (value >> (power - step_bits)) & (steps - 1);
  return (power - lowest_power) * steps + step;
}

latency_histogram::nanoseconds latency_histogram::middle_of(std::size_t bucket)
{
  auto const power = lowest_power + bucket / steps;
  auto const width = std::uint64_t{1} << (power - step_bits);
  return nanoseconds((steps + bucket % steps) * width + width / 2);
}

/// Memory for the buckets [from, to), in whole powers of two so that it seldom grows.
void latency_histogram::cover(std::size_t from, std::size_t to)
{
  from = from / steps * steps;
  to = (to + steps - 1) / steps * steps;
  if (!weights_.empty()) {
    from = std::min(from, first_);
    to = std::max(to, first_ + weights_.size());
  }
  auto wider = std::vector<std::uint32_t>(to - from);
  std::copy(weights_.begin(), weights_.end(),
            wider.begin() + static_cast<std::ptrdiff_t>(first_ - (weights_.empty() ? first_ : from)));
  weights_ = std::move(wider);
  first_ = from;
}

/// A weight has gone round. The shares of all are kept, at half the numbers: quantiles stay, count_ is apart.
void latency_histogram::make_room(std::size_t overflown)
{
  weights_[overflown] = std::numeric_limits<std::uint32_t>::max();
  halve();
}

void latency_histogram::halve()
{
  for (auto& weight : weights_)
    weight = weight / 2 + (weight & 1); // what was there once stays there
}

void latency_histogram::merge(latency_histogram const& other)
{
  if (other.count_ == 0) return;
  cover(other.first_, other.first_ + other.weights_.size());
  auto const offset = other.first_ - first_;
  for (std::size_t i = 0; i < other.weights_.size(); ++i) {
    while (weights_[offset + i] > std::numeric_limits<std::uint32_t>::max() - other.weights_[i])
      halve();
    weights_[offset + i] += other.weights_[i];
  }
  count_ += other.count_;
  auto sum = std::int64_t{0};
  auto const over = __builtin_add_overflow(sum_.count(), other.sum_.count(), &sum);
  sum_ = over ? nanoseconds::max() : nanoseconds(sum);
  longest_ = std::max(longest_, other.longest_);
}

latency_histogram::nanoseconds latency_histogram::mean() const
{
  return count_ == 0 ? nanoseconds(0) : nanoseconds(sum_.count() / static_cast<std::int64_t>(count_));
}

std::uint64_t latency_histogram::weight() const
{
  return std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0});
}

std::uint64_t latency_histogram::at_most(nanoseconds limit) const
{
  if (limit >= longest_) return count_;
  auto const end = bucket_of(limit) + 1;
  auto seen = std::uint64_t{0};
  for (std::size_t i = 0; i < weights_.size() && first_ + i < end; ++i)
    seen += weights_[i];
  auto const all = weight();
  if (all == count_) return seen;
  return static_cast<std::uint64_t>(static_cast<double>(seen) / static_cast<double>(all) * static_cast<double>(count_));
}

latency_histogram::nanoseconds latency_histogram::quantile(double q) const
{
  if (count_ == 0) return nanoseconds(0);
  auto const wanted = std::max(1.0, std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(weight())));
  auto seen = 0.0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    seen += weights_[i];
    if (seen >= wanted) return std::min(middle_of(first_ + i), longest_);
  }
  return longest_;
}

} // namespace pilotlight::collect
