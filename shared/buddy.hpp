// Which bytes of an arena are free? A binary buddy allocator whose book-keeping lies in private memory: the arena
// itself is never read or written. Each side of the channel allocates only in the arena it owns. Pure.
// Source: Knuth, TAOCP vol. 1, 2.5 "buddy system". Rounding up to powers of two costs addresses only: pages of a
// sparse memfd that nobody touches are never committed. Freed blocks are reused last-in first-out, while warm.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

namespace pilotlight {

class buddy
{
public:
  static constexpr std::size_t smallest = 1024;

  /// An arena of `size` bytes, a power of two >= 1024.
  explicit buddy(std::size_t size);

  /// Offset of a free block of at least `bytes` (aligned to its size, so to 1024), or nothing when none is left.
  std::optional<std::uint64_t> allocate(std::size_t bytes);
  /// Gives back what `allocate` returned. False for an offset that is not allocated: nothing is changed.
  bool release(std::uint64_t offset);

  std::size_t size() const { return size_; }
  /// Bytes in allocated blocks, rounded up as they are.
  std::size_t used() const { return used_; }
  /// What a block for `bytes` takes.
  static std::size_t block_size(std::size_t bytes);

private:
  using index = std::uint32_t; ///< of a smallest-size unit
  static constexpr index none = ~index{0};
  enum class state : std::uint8_t
  {
    inner,
    free,
    allocated
  };
  struct block
  {
    index previous; ///< neighbours in the free list, while free
    index next;
    std::uint8_t order;
    state use;
  };

  void push_free(index at, std::uint8_t order);
  void unlink(index at);

  std::size_t size_;
  std::size_t used_ = 0;
  std::vector<index> free_; ///< per order, head of the list
  struct freed
  {
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): calloc's pages are zero and untouched, which no RAII type promises
    void operator()(block* memory) const { std::free(memory); }
  };
  /// One per smallest-size unit, zero-filled by the kernel on first touch: an untouched arena costs nothing.
  std::unique_ptr<block[], freed> blocks_;
};

} // namespace pilotlight
