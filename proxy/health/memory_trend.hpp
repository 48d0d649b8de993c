// Does the memory of this instance only ever grow, and how fast? Pure; a few hundred bytes an instance.
#pragma once
#include "proxy/health/check.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pilotlight::health {

struct growth
{
  double bytes_per_hour = 0; ///< > 0
  duration over{0};          ///< the time it was seen over
};

/// Two windows: the last `window` samples (ten minutes at the default interval) find a fast leak; as many samples
/// spread over the whole life, thinned by half whenever they are full, find a slow one.
class memory_trend
{
public:
  /// A sample; times never step back.
  void add(instant when, std::uint64_t bytes);

  /// The growth that is certain, the faster of the two windows'; nothing when there is none. Certain: Mann-Kendall's
  /// test (1945) sees a rise at 1 %, and Sen's slope (1968: the median slope of all pairs, which warm-up steps and
  /// single peaks hardly move) over the window is more than 16 MiB and more than 5 % of the first sample, and it
  /// goes on: the medians of the window's thirds rise, each time by a fifth of the whole or more, which one step does
  /// not. Fewer than `fewest` samples say nothing.
  std::optional<growth> certain() const;

  std::uint64_t last() const { return recent_.empty() ? 0 : recent_.back().bytes; }

  static constexpr std::size_t window = 20;
  static constexpr std::size_t fewest = 10;

private:
  struct sample
  {
    instant when;
    std::uint64_t bytes;
  };
  static std::optional<growth> certain_in(std::vector<sample> const& samples);

  std::vector<sample> recent_;
  std::vector<sample> life_;
  std::uint64_t stride_ = 1; ///< each stride_-th sample is kept for life
  std::uint64_t count_ = 0;
};

} // namespace pilotlight::health
