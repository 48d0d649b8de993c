// Where in the reply arena does the next reply go? This worker alone allocates there; the proxy gives blocks back
// through the release ring. Owns nothing: views of the segment.
#pragma once
#include "shared/buddy.hpp"
#include "shared/segment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pilotlight::worker {

class reply_arena
{
public:
  explicit reply_arena(segment const& memory)
      : memory_(memory.arena()), blocks_(memory.arena().size()), releases_(memory.header().releases, memory.releases())
  {
  }

  /// Could never be allocated, however empty the arena is.
  bool too_large(std::size_t bytes) const { return bytes > memory_.size(); }
  std::size_t size() const { return memory_.size(); }

  /// Offset of a block of at least `bytes`, or nothing: wait for a release. What came back is taken first.
  std::optional<std::uint64_t> allocate(std::size_t bytes)
  {
    take_releases();
    if (outstanding_ == release_entries) return std::nullopt;
    auto const offset = blocks_.allocate(bytes);
    if (offset) ++outstanding_;
    return offset;
  }

  bool has_releases() { return !releases_.empty(); }
  bool broken() const { return broken_ || releases_.broken(); }
  std::span<std::byte> at(std::uint64_t offset, std::size_t bytes) const { return memory_.subspan(offset, bytes); }

private:
  void take_releases()
  {
    auto entry = release();
    while (releases_.pop(entry)) {
      if (blocks_.release(entry.block_offset))
        --outstanding_;
      else
        broken_ = true; // a block that is not out: the proxy has lost count
    }
  }

  std::span<std::byte> memory_;
  buddy blocks_;
  ring_consumer<release> releases_;
  std::uint32_t outstanding_ = 0;
  bool broken_ = false;
};

} // namespace pilotlight::worker
