#include "proxy/collect/latency_windows.hpp"

#include <algorithm>

namespace pilotlight::collect {

double latency_summary::per_second() const
{
  auto const seconds = std::chrono::duration<double>(span).count();
  return seconds > 0 ? static_cast<double>(answered) / seconds : 0;
}

double latency_summary::error_rate() const
{
  auto const all = answered + failed;
  return all == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(all);
}

latency_summary summarise(latency_histogram const& all, std::uint64_t failed, std::chrono::nanoseconds span)
{
  return {all.count(),        failed,       span, all.mean(), all.quantile(0.50), all.quantile(0.95),
          all.quantile(0.99), all.longest()};
}

void latency_windows::part::add_to(part& other) const
{
  other.latency.merge(latency);
  other.failed += failed;
}

/// The slice that leaves the short window goes into its long one; the long one that it begins anew goes to the past.
void latency_windows::step()
{
  ++now_;
  slice_end_ += slice;
  auto& leaving = short_[now_ % short_slices];
  if (now_ >= short_slices) {
    auto const left = now_ - short_slices; // its number
    auto& group = long_[left / short_slices % long_slices];
    if (left % short_slices == 0) {
      group.add_to(past_);
      group = {};
    }
    leaving.add_to(group);
  }
  leaving = {};
}

void latency_windows::roll(time_point now)
{
  constexpr auto everything = short_slices * (long_slices + 2); // steps after which no slice holds anything
  auto const behind = static_cast<std::uint64_t>((now - slice_end_) / slice) + 1;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(behind, everything); ++i)
    step();
  if (behind <= everything) return;
  now_ += behind - everything;
  slice_end_ += slice * static_cast<std::int64_t>(behind - everything);
}

std::uint64_t latency_windows::add_to(latency_histogram& to, time_point now, window which)
{
  if (now >= slice_end_) roll(now);
  auto failed = std::uint64_t{0};
  auto const take = [&](part const& one) {
    to.merge(one.latency);
    failed += one.failed;
  };
  std::for_each(short_.begin(), short_.end(), take);
  if (which != window::ten_seconds) std::for_each(long_.begin(), long_.end(), take);
  if (which == window::total) take(past_);
  return failed;
}

std::chrono::nanoseconds latency_windows::span(time_point now, window which)
{
  if (now >= slice_end_) roll(now);
  auto first = start_;
  // Where the running slice began, and back over the whole ones that are still there.
  auto const whole = slice_end_ - slice;
  auto const shorts = slice * static_cast<int>(short_slices - 1);
  if (which == window::ten_seconds) first = whole - shorts;
  if (which == window::minute) {
    auto const in_group = now_ < short_slices ? 0 : (now_ - short_slices) % short_slices + 1;
    first = whole - shorts - slice * static_cast<int>(in_group + (long_slices - 1) * short_slices);
  }
  return std::max(now - std::max(first, start_), std::chrono::nanoseconds(0));
}

latency_summary latency_windows::summary(time_point now, window which)
{
  auto all = latency_histogram();
  auto const failed = add_to(all, now, which);
  return summarise(all, failed, span(now, which));
}

std::size_t latency_windows::bytes() const
{
  auto sum = sizeof *this + past_.latency.bytes();
  for (auto const& each : short_)
    sum += each.latency.bytes();
  for (auto const& each : long_)
    sum += each.latency.bytes();
  return sum;
}

} // namespace pilotlight::collect
