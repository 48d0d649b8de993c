#include "shared/buddy.hpp"

#include <doctest/doctest.h>
#include <map>
#include <random>

namespace pilotlight {

TEST_CASE("buddy: blocks are powers of two from 1 KiB")
{
  CHECK(buddy::block_size(0) == 1024);
  CHECK(buddy::block_size(1) == 1024);
  CHECK(buddy::block_size(1024) == 1024);
  CHECK(buddy::block_size(1025) == 2048);
  CHECK(buddy::block_size((1 << 20) + 1) == 2 << 20);
}

TEST_CASE("buddy: the whole arena, and not a byte more")
{
  auto arena = buddy(1 << 16);
  CHECK_FALSE(arena.allocate((1 << 16) + 1));
  CHECK_FALSE(arena.allocate(~std::size_t{0}));
  auto const whole = arena.allocate(1 << 16);
  REQUIRE(whole);
  CHECK(*whole == 0);
  CHECK(arena.used() == arena.size());
  CHECK_FALSE(arena.allocate(1));
  CHECK(arena.release(*whole));
  CHECK(arena.used() == 0);
}

TEST_CASE("buddy: the smallest arena is one block")
{
  auto arena = buddy(1024);
  CHECK(arena.allocate(1) == std::uint64_t{0});
  CHECK_FALSE(arena.allocate(1));
  CHECK(arena.release(0));
  CHECK(arena.allocate(1024) == std::uint64_t{0});
}

TEST_CASE("buddy: what was not allocated cannot be released")
{
  auto arena = buddy(1 << 16);
  auto const block = arena.allocate(4096);
  REQUIRE(block);
  for (auto const offset :
       {*block + 1, *block + 1024, std::uint64_t{8192}, std::uint64_t{1 << 16}, ~std::uint64_t{0}}) {
    CAPTURE(offset);
    CHECK_FALSE(arena.release(offset));
  }
  CHECK(arena.used() == 4096);
  CHECK(arena.release(*block));
  CHECK_FALSE(arena.release(*block)); // not twice
  CHECK(arena.used() == 0);
}

TEST_CASE("buddy: a freed block is the next of its size to be used, while it is warm")
{
  auto arena = buddy(1 << 20);
  auto const first = arena.allocate(3000);
  auto const second = arena.allocate(3000);
  auto const third = arena.allocate(3000);
  REQUIRE(third);
  CHECK(arena.release(*second));
  CHECK(arena.allocate(3000) == second);
  CHECK(arena.release(*first));
  CHECK(arena.allocate(4000) == first);
}

TEST_CASE("buddy: random use against a model: no overlap, aligned, all memory comes back")
{
  for (auto const seed : {1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(seed);
    auto random = std::mt19937(seed);
    auto arena = buddy(1 << 20);
    auto blocks = std::map<std::uint64_t, std::size_t>(); // offset -> block size
    auto used = std::size_t{0};
    auto wrong = 0;
    for (auto step = 0; step < 20'000; ++step) {
      if (random() % 100 < 55) {
        auto const bytes = std::size_t{1} << random() % 18;
        auto const wanted = bytes + random() % bytes;
        auto const offset = arena.allocate(wanted);
        if (!offset) continue;
        auto const size = buddy::block_size(wanted);
        auto const after = blocks.lower_bound(*offset);
        wrong += *offset % size != 0;
        wrong += *offset + size > arena.size();
        wrong += after != blocks.end() && after->first < *offset + size;
        wrong += after != blocks.begin() && std::prev(after)->first + std::prev(after)->second > *offset;
        blocks.emplace(*offset, size);
        used += size;
      } else if (!blocks.empty()) {
        auto const victim = std::next(blocks.begin(), static_cast<std::ptrdiff_t>(random() % blocks.size()));
        wrong += !arena.release(victim->first);
        used -= victim->second;
        blocks.erase(victim);
      }
      wrong += arena.used() != used;
    }
    CHECK(wrong == 0);
    for (auto const& [offset, size] : blocks)
      CHECK(arena.release(offset));
    CHECK(arena.used() == 0);
    CHECK(arena.allocate(1 << 20) == std::uint64_t{0}); // merged again into one
  }
}

} // namespace pilotlight
