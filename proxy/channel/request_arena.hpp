// Where do request bodies lie? One arena per model, written by the proxy alone, mapped read-only by its workers, so
// that a request survives its worker and can wait while none exists. Owns a memfd and a mapping. I/O thread only.
#pragma once
#include "shared/buddy.hpp"
#include "shared/failure.hpp"
#include "shared/unique_fd.hpp"

#include <boost/interprocess/mapped_region.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <span>

namespace pilotlight::channel {

class request_arena;
using request_arena_ptr = boost::intrusive_ptr<request_arena>;

/// A block of a request arena, given back when this goes. Keeps the arena alive.
class arena_block
{
public:
  arena_block() = default;
  arena_block(request_arena_ptr arena, std::uint64_t offset, std::size_t size)
      : arena_(std::move(arena)), offset_(offset), size_(size)
  {
  }
  arena_block(arena_block&& other) noexcept
      : arena_(std::move(other.arena_)), offset_(other.offset_), size_(std::exchange(other.size_, 0))
  {
  }
  arena_block& operator=(arena_block&& other) noexcept
  {
    reset();
    arena_ = std::move(other.arena_);
    offset_ = other.offset_;
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~arena_block() { reset(); }

  void reset();
  explicit operator bool() const { return arena_ != nullptr; }
  std::uint64_t offset() const { return offset_; }
  std::span<std::byte> memory() const;

private:
  request_arena_ptr arena_;
  std::uint64_t offset_ = 0;
  std::size_t size_ = 0;
};

class request_arena : public boost::intrusive_ref_counter<request_arena, boost::thread_unsafe_counter>
{
public:
  /// `size` bytes of addresses (a power of two), none committed. Sealed against shrink, grow and every later
  /// writable mapping: workers can only read.
  static result<request_arena_ptr> make(std::size_t size);

  /// A block for `bytes`, 1024-byte aligned; nothing when no such block is free.
  std::optional<arena_block> allocate(std::size_t bytes);

  int fd() const { return fd_.get(); }
  std::size_t size() const { return blocks_.size(); }
  std::size_t used() const { return blocks_.used(); }
  std::span<std::byte const> bytes() const { return {base(), size()}; }

private:
  friend class arena_block;
  request_arena(unique_fd fd, boost::interprocess::mapped_region region, std::size_t size)
      : fd_(std::move(fd)), region_(std::move(region)), blocks_(size)
  {
  }
  std::byte* base() const { return static_cast<std::byte*>(region_.get_address()); }

  unique_fd fd_;
  boost::interprocess::mapped_region region_;
  buddy blocks_;
};

} // namespace pilotlight::channel
