#include "proxy/channel/instance_channel.hpp"

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
      releases_(segment_.header().releases, segment_.releases())
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
  auto const size = segment_.arena().size();
  if (done.block_length != 0 && (done.block_offset >= size || done.block_length > size - done.block_offset ||
                                 done.table_length > done.block_length || blocks_out_ == release_entries)) {
    broken_ = true;
    return std::nullopt;
  }
  return done;
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
  // The worker writes since_ns, then request: reading request first and last tells that both belong together.
  // Bounded: a worker that changes it for ever gets a torn answer, not our thread.
  for (auto attempt = 0; attempt < 8; ++attempt) {
    seen.request = word.request.load(std::memory_order_acquire);
    seen.since_ns = word.since_ns.load(std::memory_order_acquire);
    seen.turns = word.turns.load(std::memory_order_relaxed);
    if (seen.request == word.request.load(std::memory_order_acquire)) break;
  }
  return seen;
}

} // namespace pilotlight::channel
