#include "proxy/channel/instance_channel.hpp"

#include <algorithm>

namespace pilotlight::channel {

void reply_block::reset()
{
  if (!channel_) return;
  channel_->give_back(offset_, length_);
  channel_.reset();
}

std::span<std::byte const> reply_block::memory() const
{
  return arena().subspan(offset_, length_);
}

std::span<std::byte const> reply_block::arena() const
{
  return channel_->segment_.arena();
}

bool reply_block::scarce() const
{
  return channel_->blocks_out_ > release_entries / 2 || channel_->bytes_out_ > channel_->segment_.arena().size() / 2;
}

instance_channel::instance_channel(segment memory, doorbell worker_bell)
    : segment_(std::move(memory)), worker_bell_(std::move(worker_bell)),
      submissions_(segment_.header().submissions, segment_.submissions()),
      completions_(segment_.header().completions, segment_.completions()),
      releases_(segment_.header().releases, segment_.releases()), probes_(segment_.header().probes, segment_.probes()),
      probe_answers_(segment_.header().probe_answers, segment_.probe_answers())
{
}

result<instance_channel_ptr> instance_channel::make(std::size_t reply_arena)
{
  auto memory = segment::make(reply_arena);
  if (!memory) return memory.error();
  auto bell = doorbell::make();
  if (!bell) return bell.error();
  return instance_channel_ptr(new instance_channel(std::move(*memory), std::move(*bell)));
}

bool instance_channel::submit(submission const& request)
{
  if (!submissions_.push(request)) return false;
  unrung_ = true;
  return true;
}

void instance_channel::ring()
{
  if (std::exchange(unrung_, false) && must_ring(segment_.header().worker_sleeps)) worker_bell_.ring();
}

std::optional<completion> instance_channel::take()
{
  if (broken_) return std::nullopt;
  auto done = completion();
  if (!completions_.pop(done)) {
    broken_ = completions_.broken();
    return std::nullopt;
  }
  broken_ = !credible(done);
  if (broken_) return std::nullopt;
  return done;
}

/// Its block lies in the arena, its table in the block, and no more blocks are out than there can be.
bool instance_channel::credible(completion const& done) const
{
  if (done.block_length == 0) return true;
  auto const size = segment_.arena().size();
  return done.block_offset < size && done.block_length <= size - done.block_offset &&
         done.table_length <= done.block_length && blocks_out_ != release_entries;
}

reply_block instance_channel::block_of(completion const& done)
{
  if (done.block_length == 0) return {};
  ++blocks_out_;
  bytes_out_ += done.block_length;
  return {this, done.block_offset, done.block_length};
}

void instance_channel::give_back(std::uint64_t offset, std::uint64_t length)
{
  --blocks_out_;
  bytes_out_ -= length;
  // The ring holds as many blocks as can be out, so a push can only fail when the worker broke its index.
  if (!releases_.push({offset})) broken_ = true;
  // Only a worker that waits for room is woken: one that sleeps for want of requests can sleep on.
  if (must_ring(segment_.header().worker_lacks_room)) worker_bell_.ring();
}

bool instance_channel::prepare_sleep()
{
  announce_sleep(segment_.header().proxy_sleeps);
  if (completions_.empty() && !completions_.broken()) return true;
  woken();
  return false;
}

channel::progress instance_channel::progress() const
{
  auto const& word = segment_.header().progress;
  auto seen = channel::progress();
  // The worker writes since_ns and the batch, then request (or probe): reading that first and last tells that all
  // belong together. Bounded: a worker that changes it for ever gets a torn answer, not our thread.
  for (auto attempt = 0; attempt < 8; ++attempt) {
    seen.request = word.request.load(std::memory_order_acquire);
    seen.probe = word.probe.load(std::memory_order_acquire);
    // acquire: neither these loads nor the last ones below move before it.
    seen.since_ns = word.since_ns.load(std::memory_order_acquire);
    seen.turns = word.turns.load(std::memory_order_relaxed);
    seen.batch.clear();
    auto const members = seen.request == 0 ? 0 : word.members.load(std::memory_order_acquire);
    for (auto i = std::uint32_t{0}; i < std::min(members, max_batch_members); ++i)
      seen.batch.push_back(word.batch[i].load(std::memory_order_acquire));
    if (seen.request == word.request.load(std::memory_order_acquire) &&
        seen.probe == word.probe.load(std::memory_order_acquire))
      break;
  }
  return seen;
}

} // namespace pilotlight::channel
