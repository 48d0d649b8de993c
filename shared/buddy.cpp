#include "shared/buddy.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>

namespace pilotlight {
namespace {

std::uint8_t order_of(std::size_t bytes)
{
  return static_cast<std::uint8_t>(std::countr_zero(buddy::block_size(bytes) / buddy::smallest));
}

} // namespace

std::size_t buddy::block_size(std::size_t bytes)
{
  return std::bit_ceil(std::max(bytes, smallest));
}

buddy::buddy(std::size_t size)
    : size_(size), free_(order_of(size) + std::size_t{1}, none),
      // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): see `freed`
      blocks_(static_cast<block*>(std::calloc(size / smallest, sizeof(block))))
{
  assert(std::has_single_bit(size) && size >= smallest);
  if (!blocks_) throw std::bad_alloc();
  push_free(0, order_of(size));
}

void buddy::push_free(index at, std::uint8_t order)
{
  auto const head = free_[order];
  blocks_[at] = {none, head, order, state::free};
  if (head != none) blocks_[head].previous = at;
  free_[order] = at;
}

void buddy::unlink(index at)
{
  auto const removed = blocks_[at];
  if (removed.previous != none)
    blocks_[removed.previous].next = removed.next;
  else
    free_[removed.order] = removed.next;
  if (removed.next != none) blocks_[removed.next].previous = removed.previous;
}

std::optional<std::uint64_t> buddy::allocate(std::size_t bytes)
{
  if (bytes > size_) return std::nullopt;
  auto const wanted = order_of(bytes);
  auto order = wanted;
  while (order < free_.size() && free_[order] == none)
    ++order;
  if (order == free_.size()) return std::nullopt;
  auto const at = free_[order];
  unlink(at);
  while (order > wanted) {
    --order;
    push_free(at + (index{1} << order), order);
  }
  blocks_[at] = {none, none, wanted, state::allocated};
  used_ += smallest << wanted;
  return std::uint64_t{at} * smallest;
}

bool buddy::release(std::uint64_t offset)
{
  if (offset % smallest != 0 || offset / smallest >= size_ / smallest) return false;
  auto at = static_cast<index>(offset / smallest);
  if (blocks_[at].use != state::allocated) return false;
  auto order = blocks_[at].order;
  used_ -= smallest << order;
  while (std::size_t{order} + 1 < free_.size()) {
    auto const partner = at ^ (index{1} << order);
    if (partner >= size_ / smallest || blocks_[partner].use != state::free || blocks_[partner].order != order) break;
    unlink(partner);
    blocks_[std::max(at, partner)].use = state::inner;
    at = std::min(at, partner);
    ++order;
  }
  blocks_[at].use = state::inner;
  push_free(at, order);
  return true;
}

} // namespace pilotlight
