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
  /// Probe lane only, no table: answered at once with a count (asks whether the worker's loop turns).
  heartbeat = 1,
  /// Probe lane only: runs in forward like a request, but ahead of those that wait, and leaves no trace in the state.
  canary = 2,
  /// Never in a batch: its neighbours must not share what it may do.
  run_alone = 4,
  /// Probe lane only, no table and no answer: `table_length` intra-op threads from the next forward on.
  set_threads = 8,
  /// Probe lane only, no table and no answer: as soon as nothing waits, warm up again and give freed memory back.
  refresh = 16,
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
  std::uint16_t batch_size = 1;        ///< requests that this forward answered together
  std::uint16_t batch_place = 0;       ///< this one's place among them: who counts forwards counts the place 0
  std::uint32_t beats = 0;             ///< of a heartbeat: heartbeats answered so far, this one counted, mod 2^32
};

/// proxy -> worker: that block of the reply arena is free again.
struct release
{
  std::uint64_t block_offset = 0;
};

static_assert(sizeof(submission) == 64 && sizeof(completion) == 64 && sizeof(release) == 8);

} // namespace pilotlight
