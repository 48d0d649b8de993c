// Which requests wait in this worker? Takes them up from the ring as far as that serves batching (one at a time without
// it), and lets the next of them go. Shared memory only.
#pragma once
#include "worker/batch_match.hpp"
#include "worker/channel.hpp"
#include "worker/taken.hpp"

#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace pilotlight::worker {

class backlog
{
public:
  backlog(channel const& with, batch_axes axes);

  bool broken() const { return submissions_.broken(); }
  bool ring_empty() { return submissions_.empty(); }
  bool empty() const { return waiting_.empty(); }
  /// Takes up at most so many more than wait already.
  void take(std::size_t most);

  /// The first that waits, taken up already. Its rows: 0 where it can share no forward.
  taken const& first() const { return *waiting_.front(); }
  std::int64_t first_rows() const { return candidates_.front().rows; }
  std::uint64_t first_shape() const { return shape_key(waiting_.front()->table, axes_); }
  /// Those that would run now.
  selection const& select(std::int64_t max_rows);
  /// Lets go the last selection: `members` get it, in order, until `recycle`.
  std::span<taken* const> release();
  void recycle();

private:
  channel channel_;
  batch_axes axes_;
  ring_consumer<submission> submissions_;
  std::deque<std::unique_ptr<taken>> waiting_;
  std::vector<candidate> candidates_; ///< of waiting_, in the same order
  selection selected_;
  std::vector<std::unique_ptr<taken>> gone_, spare_;
  std::vector<taken*> members_;
};

} // namespace pilotlight::worker
