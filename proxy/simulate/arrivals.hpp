// When exactly does each request of one model come? Counts are spread evenly at random inside their interval, the same
// way on every run with one seed, whatever the policy. Pure.
#pragma once
#include "proxy/simulate/trace.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace pilotlight::simulate {

/// Dense traffic is counted in bins of this width, aligned to the epoch.
inline constexpr duration bin_width = std::chrono::milliseconds(10);

/// `count` requests at `when`; `dense`: some time in the bin that begins there.
struct batch
{
  instant when{};
  std::uint32_t count = 1;
  bool dense = false;
};

/// More requests per second than this are not followed one by one (see docs/simulator.md).
inline constexpr double dense_rate = 10;
/// Unless each takes longer than this: bins would be too coarse for it, or rather its queue.
inline constexpr duration dense_service = std::chrono::milliseconds(100);

class arrivals
{
public:
  /// `of` must outlive it.
  arrivals(std::span<stretch const> of, std::uint64_t seed, duration service);

  /// Time of the first batch that was not taken; instant::max() at the end.
  instant next();
  /// Appends every batch before `until`, in order of time.
  void take(instant until, std::vector<batch>& into);

private:
  void open();
  void open_exact(stretch const& one, std::uint64_t bits);
  void open_bins(stretch const& one, std::uint64_t bits);

  std::span<stretch const> stretches_;
  std::uint64_t seed_;
  duration service_;
  std::size_t at_ = 0;       ///< stretches_ before it are in ready_ or taken
  std::vector<batch> ready_; ///< of the stretch in work
  std::size_t taken_ = 0;    ///< of ready_
  std::vector<std::uint32_t> bins_;
};

} // namespace pilotlight::simulate
