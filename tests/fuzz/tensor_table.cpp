// Any bytes as a tensor table from memory of another process: refused, or every range in it holds; and what is read
// writes and reads again the same.
#include "shared/tensor_table.hpp"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using namespace pilotlight;

constexpr std::uint64_t arena_size = 1 << 20;

void require(bool held)
{
  if (!held) std::abort();
}

std::size_t touched(std::string_view text)
{
  auto sum = std::size_t{0};
  for (auto const character : text) // the address sanitizer objects to what lies outside
    sum += static_cast<unsigned char>(character);
  return sum;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
  auto const copy =
      std::vector<std::byte>(reinterpret_cast<std::byte const*>(data), reinterpret_cast<std::byte const*>(data) + size);
  auto table = tensor_table();
  if (!read_table(copy, arena_size, table)) return 0;
  require(table.tensors.size() <= max_table_tensors && table.arguments.size() <= max_table_arguments);
  for (auto const& tensor : table.tensors) {
    require(tensor.length <= arena_size && tensor.offset <= arena_size - tensor.length);
    require(byte_count(tensor.type, tensor.shape) == tensor.length);
    require(touched(tensor.name) <= size * 255);
  }
  for (auto const& argument : table.arguments)
    require(touched(argument.name) + touched(argument.string) <= size * 510);
  // Names may overlap in a hostile table, so the copy can be larger: only small ones are written again.
  if (table_size(table) > max_table_bytes) return 0;
  auto blob = std::vector<std::byte>(table_size(table));
  write_table(table, blob);
  auto again = tensor_table();
  require(read_table(blob, arena_size, again).has_value());
  require(again.tensors.size() == table.tensors.size());
  for (auto i = std::size_t{0}; i < table.tensors.size(); ++i)
    require(again.tensors[i].name == table.tensors[i].name && again.tensors[i].offset == table.tensors[i].offset);
  return 0;
}
