#include "proxy/channel/request_arena.hpp"

#include "shared/memfd.hpp"

#include <bit>
#include <fcntl.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace pilotlight::channel {

void arena_block::reset()
{
  if (!arena_) return;
  arena_->blocks_.release(offset_);
  arena_.reset();
}

std::span<std::byte> arena_block::memory() const
{
  return {arena_->base() + offset_, size_};
}

result<request_arena_ptr> request_arena::make(std::size_t size)
{
  size = std::bit_ceil(size);
  auto fd = make_memfd("pilotlight-requests", size);
  if (!fd) return fd.error();
  auto region = map_memfd(fd->get(), size, boost::interprocess::read_write);
  if (!region) return region.error();
  // After our own mapping: from now on nobody, not even through this descriptor, can map it writable.
  if (auto const sealed = seal(fd->get(), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE); !sealed)
    return sealed.error();
  return request_arena_ptr(new request_arena(std::move(*fd), std::move(*region), size));
}

std::optional<arena_block> request_arena::allocate(std::size_t bytes)
{
  auto const offset = blocks_.allocate(bytes);
  if (!offset) return std::nullopt;
  return arena_block(this, *offset, bytes);
}

} // namespace pilotlight::channel
