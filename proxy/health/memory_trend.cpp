#include "proxy/health/memory_trend.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::health {
namespace {

constexpr double least_bytes = 16.0 * 1024 * 1024;
constexpr double least_share = 0.05;
constexpr double least_part = 0.2;    ///< of the growth, from each third of the window to the next
constexpr double one_percent = 2.326; ///< quantile of the normal distribution, one-sided

double hours(duration time)
{
  return std::chrono::duration<double, std::ratio<3'600>>(time).count();
}

std::uint64_t median(std::vector<std::uint64_t> values)
{
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Where memory made one step and then stayed, one third is as high as the next.
bool by_thirds(std::vector<std::uint64_t> const& bytes)
{
  auto const third = static_cast<std::ptrdiff_t>(bytes.size() / 3);
  auto const first = static_cast<double>(median({bytes.begin(), bytes.begin() + third}));
  auto const second = static_cast<double>(median({bytes.begin() + third, bytes.end() - third}));
  auto const last = static_cast<double>(median({bytes.end() - third, bytes.end()}));
  auto const least = least_part * (last - first);
  return last > first && second - first >= least && last - second >= least;
}

} // namespace

void memory_trend::add(instant when, std::uint64_t bytes)
{
  if (recent_.size() == window) recent_.erase(recent_.begin());
  recent_.push_back({when, bytes});
  if (count_++ % stride_ != 0) return;
  life_.push_back({when, bytes});
  if (life_.size() < 2 * window) return;
  for (std::size_t i = 0; 2 * i < life_.size(); ++i)
    life_[i] = life_[2 * i];
  life_.resize(window);
  stride_ *= 2;
}

std::optional<growth> memory_trend::certain_in(std::vector<sample> const& samples)
{
  auto const n = static_cast<double>(samples.size());
  if (samples.size() < fewest) return std::nullopt;
  auto rises = 0;
  auto slopes = std::vector<double>();
  for (std::size_t i = 0; i < samples.size(); ++i)
    for (std::size_t j = i + 1; j < samples.size(); ++j) {
      auto const difference = static_cast<double>(samples[j].bytes) - static_cast<double>(samples[i].bytes);
      rises += difference > 0 ? 1 : difference < 0 ? -1 : 0;
      if (samples[j].when > samples[i].when) slopes.push_back(difference / hours(samples[j].when - samples[i].when));
    }
  auto const deviation = std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  if (rises - 1 <= one_percent * deviation || slopes.empty()) return std::nullopt;
  auto const middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  auto const over = samples.back().when - samples.front().when;
  auto const grown = *middle * hours(over);
  auto const first = static_cast<double>(samples.front().bytes);
  if (grown <= std::max(least_bytes, least_share * first)) return std::nullopt;
  auto bytes = std::vector<std::uint64_t>();
  for (auto const& one : samples)
    bytes.push_back(one.bytes);
  if (!by_thirds(bytes)) return std::nullopt;
  return growth{*middle, over};
}

std::optional<growth> memory_trend::certain() const
{
  auto const fast = certain_in(recent_);
  auto const slow = certain_in(life_);
  if (!fast || !slow) return fast ? fast : slow;
  return fast->bytes_per_hour >= slow->bytes_per_hour ? fast : slow;
}

} // namespace pilotlight::health
