// How long do requests take? A compact histogram of durations that can be merged and asked for quantiles. Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pilotlight::collect {

/// Log-linear buckets as in HdrHistogram (G. Tene): 32 of equal width in each power of two, so a quantile is at most
/// 1.6 % off. Other than there, only the span of buckets in use has memory, as in DDSketch's dense store (Masson et
/// al., VLDB'19): some 100 to 900 bytes for a model, 4 KiB when it has seen everything from 1 us to 73 min. (A plain
/// HdrHistogram of that range and two digits takes 27 KiB, and a model needs eleven of them.)
class latency_histogram
{
public:
  using nanoseconds = std::chrono::nanoseconds;

  /// Some nanoseconds. What is below 1 us or above 73 min counts as that.
  void record(nanoseconds took)
  {
    auto const bucket = bucket_of(took);
    if (bucket - first_ >= weights_.size()) cover(bucket, bucket + 1); // below first_: the difference wraps around
    if (++weights_[bucket - first_] == 0) make_room(bucket - first_);
    ++count_;
    sum_ += took;
    if (took > longest_) longest_ = took;
  }
  void merge(latency_histogram const& other);
  /// As new; its memory is given back.
  void clear() { *this = {}; }

  std::uint64_t count() const { return count_; }
  nanoseconds sum() const { return sum_; }
  nanoseconds longest() const { return longest_; } ///< exact
  nanoseconds mean() const;                        ///< exact; 0 when empty
  /// The duration that a share `q` (0 to 1) of all does not exceed: the middle of its bucket. 0 when empty.
  nanoseconds quantile(double q) const;
  /// How many took no longer than that, to the width of a bucket.
  std::uint64_t at_most(nanoseconds limit) const;
  std::size_t bytes() const { return weights_.capacity() * sizeof(std::uint32_t); }

private:
  static std::size_t bucket_of(nanoseconds took);
  static nanoseconds middle_of(std::size_t bucket);
  void cover(std::size_t from, std::size_t to);
  void make_room(std::size_t overflown);
  void halve();
  std::uint64_t weight() const;

  std::vector<std::uint32_t> weights_; ///< of the buckets from first_ on
  std::size_t first_ = 0;
  std::uint64_t count_ = 0; ///< exact, also after weights were halved
  nanoseconds sum_{0}, longest_{0};
};

} // namespace pilotlight::collect
