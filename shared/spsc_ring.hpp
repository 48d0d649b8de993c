// How does one process hand descriptors to another without a lock? A single-producer, single-consumer ring over
// shared memory, indices 128 bytes apart (two lines: the adjacent-line prefetcher pulls pairs).
// Neither end trusts the other's index: one that is impossible makes the ring `broken`, never an overrun.
#pragma once
#include <atomic>
#include <cstdint>
#include <span>

namespace pilotlight {

/// The two free-running indices; each is written by one side only. Zero-filled memory is an empty ring.
struct ring_indices
{
  alignas(128) std::atomic<std::uint32_t> tail{0}; ///< written by the producer: entries ever pushed, mod 2^32
  alignas(128) std::atomic<std::uint32_t> head{0}; ///< written by the consumer: entries ever popped, mod 2^32
};

template <class Entry>
class ring_producer
{
public:
  /// `entries.size()` is a power of two. Takes up where the ring stands.
  ring_producer(ring_indices& indices, std::span<Entry> entries)
      : indices_(&indices), entries_(entries), tail_(indices.tail.load(std::memory_order_relaxed)),
        seen_head_(indices.head.load(std::memory_order_relaxed))
  {
  }

  /// Entries that can be pushed now without failing; 0 when full or broken.
  std::uint32_t room()
  {
    auto const size = static_cast<std::uint32_t>(entries_.size());
    if (tail_ - seen_head_ < size) return size - (tail_ - seen_head_);
    // acquire: the consumer has finished reading the slot before we write it again.
    seen_head_ = indices_->head.load(std::memory_order_acquire);
    auto const used = tail_ - seen_head_;
    return used > size ? 0 : size - used;
  }

  /// False when the ring is full. The entry is visible to the consumer when this returns.
  bool push(Entry const& entry)
  {
    if (room() == 0) return false;
    entries_[tail_ & (entries_.size() - 1)] = entry;
    // release: the entry's bytes, and all that was written to the arena before, are visible with the new tail.
    indices_->tail.store(++tail_, std::memory_order_release);
    return true;
  }

private:
  ring_indices* indices_;
  std::span<Entry> entries_;
  std::uint32_t tail_;
  std::uint32_t seen_head_;
};

template <class Entry>
class ring_consumer
{
public:
  ring_consumer(ring_indices& indices, std::span<Entry> entries)
      : indices_(&indices), entries_(entries), head_(indices.head.load(std::memory_order_relaxed)), seen_tail_(head_)
  {
  }

  bool empty()
  {
    if (head_ != seen_tail_) return false;
    // acquire: pairs with the producer's release; the entry's bytes are there when the tail says so.
    seen_tail_ = indices_->tail.load(std::memory_order_acquire);
    if (seen_tail_ - head_ > entries_.size()) {
      broken_ = true;
      seen_tail_ = head_;
    }
    return head_ == seen_tail_;
  }

  /// Copies the oldest entry out; false when empty.
  bool pop(Entry& entry)
  {
    if (empty()) return false;
    entry = entries_[head_ & (entries_.size() - 1)];
    // release: our read of the slot is over before the producer may see it free.
    indices_->head.store(++head_, std::memory_order_release);
    return true;
  }

  /// The producer published an index that no producer can reach: its process is not to be trusted any more.
  bool broken() const { return broken_; }

private:
  ring_indices* indices_;
  std::span<Entry> entries_;
  std::uint32_t head_;
  std::uint32_t seen_tail_;
  bool broken_ = false;
};

} // namespace pilotlight
