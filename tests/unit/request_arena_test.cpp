#include "proxy/channel/request_arena.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>

using namespace pilotlight;
using channel::request_arena;

TEST_CASE("request arena: a block is given back when it goes")
{
  auto const arena = request_arena::make(1 << 20).value();
  {
    auto const block = arena->allocate(5000);
    REQUIRE(block);
    CHECK(block->memory().size() == 5000);
    CHECK(arena->used() == 8192);
  }
  CHECK(arena->used() == 0);
}

TEST_CASE("request arena: a moved block is given back once")
{
  auto const arena = request_arena::make(1 << 20).value();
  auto first = arena->allocate(1000).value();
  auto second = std::move(first);
  first.reset();
  CHECK(arena->used() == 1024);
  second.reset();
  CHECK(arena->used() == 0);
}

TEST_CASE("request arena: full is an answer")
{
  auto const arena = request_arena::make(1 << 20).value();
  auto const all = arena->allocate(1 << 20);
  CHECK(all);
  CHECK_FALSE(arena->allocate(1));
}

TEST_CASE("request arena: blocks keep their arena alive")
{
  auto arena = request_arena::make(1 << 20).value();
  auto block = arena->allocate(10).value();
  arena.reset();
  block.memory()[9] = std::byte{1};
  CHECK(block.memory()[9] == std::byte{1});
}

TEST_CASE("request arena: nobody else can map it writable, shrink it or grow it")
{
  auto const arena = request_arena::make(1 << 20).value();
  auto* const writable = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, arena->fd(), 0);
  CHECK(writable == MAP_FAILED);
  auto* const readable = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, arena->fd(), 0);
  REQUIRE(readable != MAP_FAILED);
  CHECK(::mprotect(readable, 4096, PROT_READ | PROT_WRITE) != 0);
  ::munmap(readable, 4096);
  CHECK(::ftruncate(arena->fd(), 4096) != 0);
  CHECK(::ftruncate(arena->fd(), 2 << 20) != 0);
}
