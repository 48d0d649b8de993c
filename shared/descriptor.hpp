// What lies in the rings? Fixed-size descriptors, one cache line each. Plain data in shared memory.
#pragma once
#include "shared/failure.hpp"

#include <cstdint>

namespace pilotlight {

/// proxy -> worker: run this request. The table lies in the request arena.
struct alignas(64) submission
{
  std::uint64_t request = 0; ///< proxy's id (slot and generation); never 0
  std::uint64_t table_offset = 0;
  std::uint32_t table_length = 0;
  std::uint32_t flags = 0; ///< submission_flag
};

enum submission_flag : std::uint32_t
{
  heartbeat = 1, ///< no table: complete at once (asks whether the worker's loop turns)
};

/// worker -> proxy: that request is done. The table (or, on failure, the sentence) lies in the reply arena inside
/// [block_offset, block_offset + block_length); the proxy gives the block back with a `release`.
struct alignas(64) completion
{
  std::uint64_t request = 0;
  fault status = fault::none;
  std::uint32_t table_length = 0;      ///< bytes of the table, or of the sentence, from block_offset on
  std::uint64_t block_offset = 0;      ///< from the start of the reply arena
  std::uint64_t block_length = 0;      ///< 0: no block, nothing to release
  std::uint64_t started_ns = 0;        ///< CLOCK_MONOTONIC when the worker took it up
  std::uint32_t input_ns = 0;          ///< making tensors of the request
  std::uint32_t compute_ns = 0;        ///< forward, saturated at 2^32 - 1 (4.29 s)...
  std::uint32_t output_ns = 0;         ///< copying outputs into the reply arena
  std::uint32_t compute_excess_us = 0; ///< ...and what is beyond that, in microseconds
};

/// proxy -> worker: that block of the reply arena is free again.
struct release
{
  std::uint64_t block_offset = 0;
};

static_assert(sizeof(submission) == 64 && sizeof(completion) == 64 && sizeof(release) == 8);

} // namespace pilotlight
