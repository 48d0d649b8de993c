// How does the proxy hand requests to one worker process and take replies back? The proxy's side of a segment: it
// produces submissions, probes and releases, consumes completions, and checks what it copies out. Owns the segment.
//   instance_channel.cpp  requests
//   probe_lane.cpp        probes: heartbeats and canaries, on rings of their own
//   reply.cpp             what is read from a reply block
#pragma once
#include "shared/segment.hpp"
#include "shared/tensor_table.hpp"

#include <boost/container/static_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <optional>
#include <string>
#include <vector>

namespace pilotlight::channel {

class instance_channel;
using instance_channel_ptr = boost::intrusive_ptr<instance_channel>;

/// A block of the reply arena that the proxy has not given back yet. Goes back to the worker when this goes; keeps the
/// memory mapped even when its worker is dead.
class reply_block
{
public:
  reply_block() = default;
  reply_block(instance_channel_ptr channel, std::uint64_t offset, std::uint64_t length)
      : channel_(std::move(channel)), offset_(offset), length_(length)
  {
  }
  reply_block(reply_block&& other) noexcept = default;
  reply_block& operator=(reply_block&& other) noexcept
  {
    reset();
    channel_ = std::move(other.channel_);
    offset_ = other.offset_;
    length_ = other.length_;
    return *this;
  }
  ~reply_block() { reset(); }

  void reset();
  explicit operator bool() const { return channel_ != nullptr; }
  std::span<std::byte const> memory() const;
  std::span<std::byte const> arena() const;
  /// More than half of the arena or of the release ring is out: a reply that cannot be sent at once must move to
  /// the heap, so that slow readers do not starve the model.
  bool scarce() const;

private:
  instance_channel_ptr channel_;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
};

/// What a worker answered: the outputs, and where they lie.
struct reply
{
  reply_block block; ///< keeps the bytes; give it up as soon as they are sent
  std::vector<std::byte> table_copy;
  tensor_table outputs; ///< names view table_copy, offsets count from block.arena()

  /// Takes the block and reads its table: copied before it is checked, since the worker could change it in between.
  /// Failure: it is no table; the block is given back.
  result<void> read(reply_block from, std::uint64_t table_length);
};

/// The sentence that a failed completion has in its block, cleaned and of bounded length: bytes of a process that may
/// have gone mad. Empty: it has no block.
std::string sentence_in(reply_block const& block, std::uint64_t length);

/// Is that number from shared memory one of the faults, or none?
inline bool is_known(fault status)
{
  return status >= fault::none && status <= fault::conflict;
}

/// What the worker was doing when looked at.
struct progress
{
  std::uint64_t request = 0; ///< the first of `batch`; 0: none
  std::uint64_t probe = 0;   ///< a canary that executes; 0: none
  std::uint64_t since_ns = 0;
  std::uint64_t turns = 0;
  /// Those that execute together, `request` the first; empty: none.
  boost::container::static_vector<std::uint64_t, max_batch_members> batch;
  bool busy() const { return request != 0 || probe != 0; }
};

/// What a worker answered to a probe, copied and checked like a completion.
struct probe_answer
{
  completion done;      ///< `request` is the probe's id, `status` what came of it, `beats` the count of a heartbeat
  reply canary;         ///< of a canary that succeeded
  std::string sentence; ///< of a canary that failed
};

class instance_channel : public boost::intrusive_ref_counter<instance_channel, boost::thread_unsafe_counter>
{
public:
  static result<instance_channel_ptr> make(std::size_t reply_arena);

  /// False when the submission ring is full. The worker may see it at once; one that sleeps is woken by `ring`.
  bool submit(submission const& request);
  /// Wakes the worker if it sleeps and something was submitted since the last time. Once a turn, not once a request:
  /// waking costs more than a small model's forward.
  void ring();

  /// The oldest completion, its block range checked; nothing when there is none or `broken`.
  std::optional<completion> take();
  reply_block block_of(completion const& done);

  /// Asks on the probe lane, which the worker looks at between any two requests, before those that wait; wakes one that
  /// sleeps. `flags` say heartbeat or canary; a canary's table lies in the request arena, whose block stays until its
  /// answer or the worker's end. The id is not 0 and not one that is out. False: probe_entries are out already.
  bool probe(submission const& what);
  /// The oldest answer to a probe; nothing when there is none or `broken`.
  std::optional<probe_answer> take_probe();
  /// Has the worker use so many threads (0: as it does) from its next forward on, and, if `again`, warm up in its next
  /// quiet moment. Not answered. False: the lane is full, try later.
  bool adjust(int threads, bool again);
  /// Probes asked and not answered: while there are any, the channel wants to be looked at like one with requests.
  std::size_t probes_out() const { return probes_out_.size(); }

  /// The worker published an impossible index or block: it must be ended and its completions not be trusted.
  bool broken() const { return broken_; }
  /// Believe nothing that comes from it any more.
  void distrust() { broken_ = true; }

  /// Before the I/O thread sleeps. False: a completion came in between, do not sleep. An answer to a probe waits for
  /// whoever asked, who looks by the clock.
  bool prepare_sleep();
  void woken() { awake(segment_.header().proxy_sleeps); }

  channel::progress progress() const;
  /// It waits until a block of its reply arena comes back.
  bool lacks_room() const { return segment_.header().worker_lacks_room.load(std::memory_order_relaxed) != 0; }

  int segment_fd() const { return segment_.fd(); }
  int worker_bell_fd() const { return worker_bell_.fd(); }

private:
  friend class reply_block;
  instance_channel(segment memory, doorbell worker_bell);
  void wake();
  void give_back(std::uint64_t offset, std::uint64_t length);
  bool credible(completion const& done) const;

  segment segment_;
  doorbell worker_bell_;
  ring_producer<submission> submissions_;
  ring_consumer<completion> completions_;
  ring_producer<release> releases_;
  ring_producer<submission> probes_;
  ring_consumer<completion> probe_answers_;
  struct probe_out
  {
    std::uint64_t id;
    bool canary;
  };
  boost::container::static_vector<probe_out, probe_entries> probes_out_;
  std::size_t blocks_out_ = 0;
  std::size_t bytes_out_ = 0;
  bool unrung_ = false;
  bool broken_ = false;
};

} // namespace pilotlight::channel
