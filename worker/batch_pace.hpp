// How large may a batch be, and how long may it wait for more? Pure: no clock; told what each batch took.
//
// Additive increase, multiplicative decrease, as Clipper does it (Crankshaw et al., NSDI'17, section 4.3: the batch
// grows by a fixed amount while it stays within its latency, and shrinks by a tenth when it does not), for each shape
// of input by itself, since their costs differ by orders of magnitude. Two things are added. A batch also shrinks when
// a row of it costs more than a row of a smaller one: where few rows keep the cores busy, more of them only cost
// caches. And the delay is steered the same way: it grows while waiting brings something, and halves when it does not,
// down to 0; then it is tried again after some batches. It is never longer than a forward: who comes later is the next
// batch.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace pilotlight::worker {

struct pace_limits
{
  std::int64_t max_rows = 1;           ///< 1: off
  std::uint64_t delay_max_ns = 0;      ///< 0: never waits
  std::uint64_t latency_target_ns = 0; ///< of one batch, its waiting counted; 0: none
};

/// What came of one batch.
struct batch_facts
{
  std::uint64_t shape = 0; ///< shape_key
  std::int64_t rows = 1;
  bool full = false;            ///< more waited than it could take
  bool joined = false;          ///< of several requests
  std::uint64_t waited_ns = 0;  ///< for more to come
  bool waiting_brought = false; ///< at least one more
  std::uint64_t forward_ns = 0;
};

class batch_pace
{
public:
  explicit batch_pace(pace_limits limits);

  bool on() const { return limits_.max_rows > 1; }
  /// Rows that a batch of that shape may have now, 1 to max_rows.
  std::int64_t rows(std::uint64_t shape) const;
  /// How long one that has room may wait for more. 0 unless several requests wait already: who comes alone is not
  /// kept.
  std::uint64_t delay_ns(std::size_t waiting) const;
  void learn(batch_facts const& what);
  /// A batch of so many rows failed although each of its requests did not: batches of that shape become half as large.
  /// False: they cannot be halved any more.
  bool halve(std::uint64_t shape, std::int64_t rows);
  void turn_off() { limits_.max_rows = 1; }

private:
  /// Sizes of batches that are measured together: two to an octave, up to 4096 rows.
  static constexpr std::size_t classes = 25;
  static constexpr std::size_t max_shapes = 64;
  struct shape_pace
  {
    std::uint64_t shape = 0;
    double rows = 1;
    double most = 0;        ///< what `halve` has left; never grown beyond
    std::uint64_t used = 0; ///< turn of its last use
    std::uint64_t batches = 0;
    std::array<double, classes> ns_per_row = {}; ///< smoothed; 0: not measured
  };
  shape_pace& pace_of(std::uint64_t shape);
  shape_pace const* find(std::uint64_t shape) const;
  void learn_delay(batch_facts const& what, bool late);

  pace_limits limits_;
  double delay_ns_ = 0;
  int rest_ = 0;          ///< batches until a delay is tried again
  double forward_ns_ = 0; ///< of joined batches, smoothed
  std::uint64_t turn_ = 0;
  std::vector<shape_pace> shapes_; ///< at most max_shapes; the one unused for longest makes room
};

} // namespace pilotlight::worker
