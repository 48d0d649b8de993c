// How do the tensors of one request or reply lie in an arena? The format both sides share, its writer, and the
// one check that every reader runs on memory it does not own. Pure.
//
// A table is a blob inside the arena:
//   table_header | tensor_record x tensors | argument_record x arguments | bytes (names, string values)
// Name offsets count from the start of the table; data offsets count from the start of the arena.
#pragma once
#include "shared/datatype.hpp"
#include "shared/failure.hpp"
#include "shared/shape.hpp"

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pilotlight {

struct table_header
{
  std::uint32_t magic;
  std::uint16_t tensors;
  std::uint16_t arguments;
};

struct tensor_record
{
  std::uint8_t type;
  std::uint8_t rank;
  std::uint16_t name_length;
  std::uint32_t name_offset;
  std::uint64_t data_offset;
  std::uint64_t data_length;
  std::int64_t shape[max_rank];
};

/// A non-tensor argument of forward(): OIP request parameter of that name.
enum class argument_kind : std::uint8_t
{
  integer,
  real,
  boolean,
  string
};

struct argument_record
{
  argument_kind kind;
  std::uint8_t reserved;
  std::uint16_t name_length;
  std::uint32_t name_offset;
  std::uint64_t value; ///< the integer or boolean; the bits of the double; (offset << 32 | length) of the string
};

inline constexpr std::uint32_t table_magic = 0x504c5442; // "PLTB"
inline constexpr std::size_t max_table_tensors = 256;
inline constexpr std::size_t max_table_arguments = 64;
inline constexpr std::size_t max_table_bytes = std::size_t{1} << 18;
/// Where data starts: cache line, and what vectorised kernels like best.
inline constexpr std::size_t tensor_alignment = 64;

/// One tensor: what it is called and where its bytes lie, relative to the arena's start.
struct tensor_entry
{
  std::string_view name;
  datatype type = datatype::unknown;
  dimensions shape;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct argument_entry
{
  std::string_view name;
  argument_kind kind = argument_kind::integer;
  std::int64_t integer = 0; ///< also the boolean
  double real = 0;
  std::string_view string;
};

/// The names view memory of whoever made the table: for a reader, the private copy it parsed.
struct tensor_table
{
  boost::container::small_vector<tensor_entry, 4> tensors;
  boost::container::small_vector<argument_entry, 2> arguments;
  void clear()
  {
    tensors.clear();
    arguments.clear();
  }
};

/// Bytes that `write_table` needs for this table.
std::size_t table_size(tensor_table const& table);

/// Writes the table. `target` must hold table_size(table) bytes. Counts and lengths must be within the limits.
void write_table(tensor_table const& table, std::span<std::byte> target);

/// Reads a table from `copy`, a private copy of the arena's bytes, trusting nothing in it: magic, counts, ranks,
/// types, name ranges, dimensions, overflow, and that every tensor's bytes are as many as its shape says and lie
/// inside [0, arena_size). The entries view `copy`. Failure: what is wrong, fault::internal.
result<void> read_table(std::span<std::byte const> copy, std::uint64_t arena_size, tensor_table& table);

} // namespace pilotlight
