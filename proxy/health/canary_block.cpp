#include "proxy/health/canary_block.hpp"

#include <algorithm>
#include <cstring>

namespace pilotlight::health {
namespace {

constexpr std::size_t aligned(std::size_t offset)
{
  return (offset + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
}

argument_entry to_entry(canary_argument const& argument)
{
  auto made = argument_entry{argument.name, argument_kind::integer, 0, 0, {}};
  if (auto const* integer = std::get_if<std::int64_t>(&argument.value)) {
    made.integer = *integer;
  } else if (auto const* real = std::get_if<double>(&argument.value)) {
    made.kind = argument_kind::real;
    made.real = *real;
  } else if (auto const* flag = std::get_if<bool>(&argument.value)) {
    made.kind = argument_kind::boolean;
    made.integer = *flag ? 1 : 0;
  } else if (auto const* text = std::get_if<std::string>(&argument.value)) {
    made.kind = argument_kind::string;
    made.string = *text;
  }
  return made;
}

/// The table without places; names view `of`.
tensor_table table_of(canary const& of)
{
  auto table = tensor_table();
  for (auto const& input : of.inputs)
    table.tensors.push_back({input.name, input.type, input.shape, 0, input.bytes.size()});
  for (auto const& argument : of.arguments)
    table.arguments.push_back(to_entry(argument));
  return table;
}

} // namespace

std::size_t canary_size(canary const& of)
{
  auto size = aligned(table_size(table_of(of)));
  for (auto const& input : of.inputs)
    size += aligned(input.bytes.size());
  return size;
}

std::uint32_t write_canary(canary const& of, std::span<std::byte> block, std::uint64_t block_offset)
{
  auto table = table_of(of);
  auto const length = table_size(table);
  auto at = aligned(length);
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    auto const& bytes = of.inputs[i].bytes;
    table.tensors[i].offset = block_offset + at;
    if (!bytes.empty()) std::memcpy(block.data() + at, bytes.data(), bytes.size());
    at += aligned(bytes.size());
  }
  write_table(table, block.first(length));
  return static_cast<std::uint32_t>(length);
}

result<std::vector<tensor_value>> copy_outputs(tensor_table const& outputs, std::span<std::byte const> arena)
{
  auto copies = std::vector<tensor_value>();
  auto total = std::uint64_t{0};
  for (auto const& each : outputs.tensors) {
    total += std::min(each.length, largest_canary + 1);
    if (total > largest_canary)
      return failure{fault::too_large, "its outputs are larger than " + std::to_string(largest_canary >> 20) + " MiB"};
    auto const bytes = arena.subspan(each.offset, each.length);
    copies.push_back({std::string(each.name), each.type, each.shape, {bytes.begin(), bytes.end()}});
  }
  return copies;
}

} // namespace pilotlight::health
