#include "proxy/simulate/waits.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace pilotlight::simulate {

using decide::duration;

std::size_t waits::bucket_of(duration wait)
{
  auto const value = static_cast<std::uint64_t>(std::max<std::int64_t>(wait.count(), 0));
  if (value < steps) return value;
  auto const shift = static_cast<std::size_t>(std::bit_width(value)) - 5; // leaves 16..31
  return std::min((shift + 1) * steps + ((value >> shift) - steps), steps * octaves - 1);
}

duration waits::upper_end(std::size_t bucket)
{
  if (bucket < steps) return duration(static_cast<std::int64_t>(bucket));
  auto const shift = bucket / steps - 1;
  return duration(static_cast<std::int64_t>(((bucket % steps + steps + 1) << shift) - 1));
}

void waits::add(duration wait, double count)
{
  count_ += count;
  if (wait <= duration(0)) {
    buckets_[0] += count;
    return;
  }
  buckets_[bucket_of(wait)] += count;
  if (wait > threshold) over_ += count;
  longest_ = std::max(longest_, wait);
  seconds_ += std::chrono::duration<double>(wait).count() * count;
}

void waits::add(waits const& other)
{
  for (std::size_t i = 0; i < buckets_.size(); ++i)
    buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  over_ += other.over_;
  seconds_ += other.seconds_;
  longest_ = std::max(longest_, other.longest_);
}

void waits::clear()
{
  *this = waits();
}

duration waits::quantile_from(double rank) const
{
  auto seen = 0.0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank && seen > 0) return std::min(upper_end(i), longest_);
  }
  return longest_;
}

duration waits::quantile(double q) const
{
  return count_ > 0 ? quantile_from(q * count_ * (1 - 1e-12)) : duration(0);
}

duration waits::quantile_of_waiting(double q) const
{
  if (over_ <= 0) return duration(0);
  return quantile_from((count_ - over_) + q * over_ * (1 - 1e-12));
}

} // namespace pilotlight::simulate
