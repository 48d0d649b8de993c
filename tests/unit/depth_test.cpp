#include "proxy/decide/depth.hpp"

#include <doctest/doctest.h>
#include <vector>

using pilotlight::decide::batch_depth;
using pilotlight::decide::ring_depth;
using namespace std::chrono_literals;

TEST_CASE("depth: as many as make up the backlog, within two and the limit")
{
  struct one
  {
    std::chrono::nanoseconds service;
    std::uint32_t limit;
    std::chrono::nanoseconds backlog;
    std::uint32_t want;
  };
  std::vector<one> const table{
      {0ns, 64, 2ms, 2},   {-1ns, 64, 2ms, 2},  {1ns, 64, 2ms, 64},  {20us, 256, 2ms, 100},
      {20us, 64, 2ms, 64}, {1ms, 64, 2ms, 2},   {900us, 64, 2ms, 3}, {400us, 64, 2ms, 5},
      {10s, 64, 2ms, 2},   {1ms, 64, 8ms, 8},   {20us, 1, 2ms, 1},   {0ns, 1, 2ms, 1},
      {20us, 64, 0ms, 2},  {20us, 64, -5ms, 2}, {20us, 2, 2ms, 2},   {1ns, 4'000'000'000U, 10s, 4'000'000'000U}};
  for (auto const& [service, limit, backlog, want] : table) {
    CAPTURE(service.count());
    CHECK(ring_depth(service, limit, backlog) == want);
  }
  CHECK(ring_depth(20us, 256) == 100);
}

TEST_CASE("depth: a slower model never gets a deeper ring")
{
  std::uint32_t before = 1'000;
  for (auto service = 1us; service < 10ms; service += 7us) {
    auto const depth = ring_depth(service, 1'000);
    CHECK(depth <= before);
    CHECK(depth >= 2);
    before = depth;
  }
}

TEST_CASE("depth: a model that is batched gets room for two full batches, within the length of a ring")
{
  CHECK(batch_depth(2, 1) == 2);
  CHECK(batch_depth(50, 1) == 50);
  CHECK(batch_depth(2, 2) == 4);
  CHECK(batch_depth(2, 32) == 64);
  CHECK(batch_depth(64, 8) == 64);
  CHECK(batch_depth(2, 4'096) == 256);
}
