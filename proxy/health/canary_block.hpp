// How does a canary get into the request arena, and its answer out of the reply arena? Writes and reads memory that it
// is handed; owns none.
#pragma once
#include "proxy/health/canary.hpp"
#include "shared/tensor_table.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace pilotlight::health {

/// Bytes of the block that write_canary needs: the table, and each input on a cache line of its own.
std::size_t canary_size(canary const& of);

/// Writes table and inputs into `block`, which starts at `block_offset` (a multiple of tensor_alignment) of the request
/// arena and holds at least canary_size bytes. Returns the table's length: the submission's table_offset is
/// `block_offset`, its table_length is this.
std::uint32_t write_canary(canary const& of, std::span<std::byte> block, std::uint64_t block_offset);

/// A private copy of the outputs of a table that read_table has checked; `arena` is the one its offsets count in.
/// Outputs beyond largest_canary bytes together: a failure, fault::too_large.
result<std::vector<tensor_value>> copy_outputs(tensor_table const& outputs, std::span<std::byte const> arena);

} // namespace pilotlight::health
