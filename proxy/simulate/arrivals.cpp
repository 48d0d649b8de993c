#include "proxy/simulate/arrivals.hpp"
#include "proxy/simulate/random.hpp"

#include <algorithm>

namespace pilotlight::simulate {

arrivals::arrivals(std::span<stretch const> of, std::uint64_t seed, duration service)
    : stretches_(of), seed_(seed), service_(service)
{
}

instant arrivals::next()
{
  while (taken_ == ready_.size()) {
    if (at_ == stretches_.size()) return instant::max();
    open();
  }
  return ready_[taken_].when;
}

void arrivals::take(instant until, std::vector<batch>& into)
{
  while (next() < until) {
    auto const first = ready_.begin() + static_cast<std::ptrdiff_t>(taken_);
    auto last = first;
    while (last != ready_.end() && last->when < until)
      ++last;
    into.insert(into.end(), first, last);
    taken_ += static_cast<std::size_t>(last - first);
  }
}

/// The next stretch as batches. Its random bits depend on it and the seed alone.
void arrivals::open()
{
  ready_.clear();
  taken_ = 0;
  auto const& one = stretches_[at_++];
  auto const bits = seed_ ^ static_cast<std::uint64_t>(one.begin.time_since_epoch().count()) * 0x9e3779b97f4a7c15;
  if (one.length == duration(0)) {
    auto const count = static_cast<std::uint32_t>(std::min<std::uint64_t>(one.count, 0xffff'ffff));
    ready_.push_back({one.begin, count, false});
    return;
  }
  auto const is_dense =
      static_cast<double>(one.count) > dense_rate * in_seconds(one.length) && service_ <= dense_service;
  is_dense ? open_bins(one, bits) : open_exact(one, bits);
}

void arrivals::open_exact(stretch const& one, std::uint64_t bits)
{
  auto random = random_bits(bits);
  auto const length = static_cast<double>(one.length.count());
  ready_.resize(one.count);
  for (auto& arrival : ready_) {
    auto const unit = static_cast<double>(random.next() >> 11) * 0x1p-53;
    arrival = {one.begin + duration(static_cast<std::int64_t>(unit * length)), 1, false};
  }
  std::sort(ready_.begin(), ready_.end(), [](batch const& a, batch const& b) { return a.when < b.when; });
}

void arrivals::open_bins(stretch const& one, std::uint64_t bits)
{
  auto random = random_bits(bits);
  auto const first = std::chrono::floor<duration>(one.begin).time_since_epoch() / bin_width * bin_width;
  auto const width = (one.begin + one.length).time_since_epoch() - first;
  auto const bins = static_cast<std::uint64_t>(width / bin_width + (width % bin_width > duration(0) ? 1 : 0));
  bins_.assign(bins, 0);
  auto left = one.count;
  for (; left >= 2; left -= 2) { // two draws from each number: this is the inner loop of dense traces
    auto const number = random.next();
    ++bins_[random_bits::below(static_cast<std::uint32_t>(number), bins)];
    ++bins_[random_bits::below(static_cast<std::uint32_t>(number >> 32), bins)];
  }
  if (left > 0) ++bins_[random_bits::below(static_cast<std::uint32_t>(random.next()), bins)];
  ready_.reserve(bins);
  for (std::size_t i = 0; i < bins; ++i)
    if (bins_[i] > 0) ready_.push_back({instant(first + bin_width * static_cast<std::int64_t>(i)), bins_[i], true});
}

} // namespace pilotlight::simulate
