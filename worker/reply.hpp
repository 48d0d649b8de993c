// How do outputs get into the reply arena? One block a reply: the table, then each tensor 64-byte aligned.
// Reads and writes memory only.
#pragma once
#include "shared/tensor_table.hpp"
#include "worker/outputs.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pilotlight::worker {

class reply_layout
{
public:
  /// Lays the outputs out from the start of a block of `bytes()` bytes.
  void plan(std::vector<output> const& outputs);

  std::size_t bytes() const { return bytes_; }
  std::size_t table_length() const { return table_length_; }

  /// Copies each output once, straight from where it is (strided, aliased, on another device), and writes the table.
  /// `block` is what lies at `block_offset` of the arena.
  void write(std::vector<output> const& outputs, std::uint64_t block_offset, std::span<std::byte> block);

private:
  tensor_table table_;
  std::size_t table_length_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace pilotlight::worker
