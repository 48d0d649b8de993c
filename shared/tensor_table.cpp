#include "shared/tensor_table.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace pilotlight {
namespace {

failure corrupt(std::string_view what)
{
  return {fault::internal, "corrupt tensor table: " + std::string(what)};
}

bool inside(std::uint64_t offset, std::uint64_t length, std::uint64_t size)
{
  return offset <= size && length <= size - offset;
}

std::string_view text(std::span<std::byte const> blob, std::uint64_t offset, std::uint64_t length)
{
  return {reinterpret_cast<char const*>(blob.data()) + offset, length};
}

result<void> read_tensor(std::span<std::byte const> copy, std::size_t at, std::uint64_t arena_size, tensor_entry& entry)
{
  tensor_record record;
  std::memcpy(&record, copy.data() + at, sizeof record);
  if (record.type == 0 || record.type >= datatype_names.size()) return corrupt("unknown datatype");
  if (record.rank > max_rank) return corrupt("rank over 8");
  if (!inside(record.name_offset, record.name_length, copy.size())) return corrupt("name outside the table");
  entry.name = text(copy, record.name_offset, record.name_length);
  entry.type = static_cast<datatype>(record.type);
  entry.shape.assign(record.shape, record.shape + record.rank);
  auto const bytes = byte_count(entry.type, entry.shape);
  if (!bytes) return corrupt("negative or overflowing shape");
  if (*bytes != record.data_length) return corrupt("length differs from the shape");
  if (!inside(record.data_offset, record.data_length, arena_size)) return corrupt("tensor outside the arena");
  entry.offset = record.data_offset;
  entry.length = record.data_length;
  return {};
}

result<void> read_argument(std::span<std::byte const> copy, std::size_t at, argument_entry& entry)
{
  argument_record record;
  std::memcpy(&record, copy.data() + at, sizeof record);
  if (static_cast<unsigned>(record.kind) > 3) return corrupt("unknown argument kind");
  if (!inside(record.name_offset, record.name_length, copy.size())) return corrupt("name outside the table");
  entry.name = text(copy, record.name_offset, record.name_length);
  entry.kind = record.kind;
  switch (record.kind) {
  case argument_kind::integer:
  case argument_kind::boolean: entry.integer = static_cast<std::int64_t>(record.value); break;
  case argument_kind::real: entry.real = std::bit_cast<double>(record.value); break;
  case argument_kind::string:
    if (!inside(record.value >> 32, record.value & 0xffffffff, copy.size())) return corrupt("string outside the table");
    entry.string = text(copy, record.value >> 32, record.value & 0xffffffff);
  }
  return {};
}

} // namespace

std::size_t table_size(tensor_table const& table)
{
  auto size = sizeof(table_header) + table.tensors.size() * sizeof(tensor_record) +
              table.arguments.size() * sizeof(argument_record);
  for (auto const& tensor : table.tensors)
    size += tensor.name.size();
  for (auto const& argument : table.arguments)
    size += argument.name.size() + argument.string.size();
  return size;
}

void write_table(tensor_table const& table, std::span<std::byte> target)
{
  assert(target.size() >= table_size(table));
  auto at = std::size_t{0};
  auto const put = [&](void const* bytes, std::size_t size) {
    std::memcpy(target.data() + at, bytes, size);
    at += size;
  };
  auto names = sizeof(table_header) + table.tensors.size() * sizeof(tensor_record) +
               table.arguments.size() * sizeof(argument_record);
  auto const put_text = [&](std::string_view value) {
    if (!value.empty()) std::memcpy(target.data() + names, value.data(), value.size());
    auto const offset = names;
    names += value.size();
    return offset;
  };
  auto const header = table_header{table_magic, static_cast<std::uint16_t>(table.tensors.size()),
                                   static_cast<std::uint16_t>(table.arguments.size())};
  put(&header, sizeof header);
  for (auto const& tensor : table.tensors) {
    auto record = tensor_record{};
    record.type = static_cast<std::uint8_t>(tensor.type);
    record.rank = static_cast<std::uint8_t>(tensor.shape.size());
    record.name_length = static_cast<std::uint16_t>(tensor.name.size());
    record.name_offset = static_cast<std::uint32_t>(put_text(tensor.name));
    record.data_offset = tensor.offset;
    record.data_length = tensor.length;
    std::copy(tensor.shape.begin(), tensor.shape.end(), record.shape);
    put(&record, sizeof record);
  }
  for (auto const& argument : table.arguments) {
    auto record = argument_record{};
    record.kind = argument.kind;
    record.name_length = static_cast<std::uint16_t>(argument.name.size());
    record.name_offset = static_cast<std::uint32_t>(put_text(argument.name));
    switch (argument.kind) {
    case argument_kind::integer:
    case argument_kind::boolean: record.value = static_cast<std::uint64_t>(argument.integer); break;
    case argument_kind::real: record.value = std::bit_cast<std::uint64_t>(argument.real); break;
    case argument_kind::string: record.value = (put_text(argument.string) << 32) | argument.string.size(); break;
    }
    put(&record, sizeof record);
  }
}

result<void> read_table(std::span<std::byte const> copy, std::uint64_t arena_size, tensor_table& table)
{
  table.clear();
  table_header header;
  if (copy.size() < sizeof header) return corrupt("too short");
  std::memcpy(&header, copy.data(), sizeof header);
  if (header.magic != table_magic) return corrupt("wrong magic number");
  if (header.tensors > max_table_tensors) return corrupt("too many tensors");
  if (header.arguments > max_table_arguments) return corrupt("too many arguments");
  auto at = sizeof header;
  if (copy.size() < at + header.tensors * sizeof(tensor_record) + header.arguments * sizeof(argument_record))
    return corrupt("too short for its counts");
  for (auto i = 0; i < header.tensors; ++i, at += sizeof(tensor_record)) {
    auto const read = read_tensor(copy, at, arena_size, table.tensors.emplace_back());
    if (!read) return read;
  }
  for (auto i = 0; i < header.arguments; ++i, at += sizeof(argument_record)) {
    auto const read = read_argument(copy, at, table.arguments.emplace_back());
    if (!read) return read;
  }
  return {};
}

} // namespace pilotlight
