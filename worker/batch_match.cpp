#include "worker/batch_match.hpp"

#include "shared/segment.hpp"

#include <algorithm>
#include <bit>

namespace pilotlight::worker {
namespace {

bool fit(tensor_entry const& one, tensor_entry const& other, std::size_t axis)
{
  if (one.name != other.name || one.type != other.type || one.shape.size() != other.shape.size()) return false;
  for (std::size_t i = 0; i < one.shape.size(); ++i)
    if (i != axis && one.shape[i] != other.shape[i]) return false;
  return true;
}

bool same(argument_entry const& one, argument_entry const& other)
{
  if (one.name != other.name || one.kind != other.kind) return false;
  switch (one.kind) {
  case argument_kind::integer:
  case argument_kind::boolean: return one.integer == other.integer;
  case argument_kind::real: return std::bit_cast<std::uint64_t>(one.real) == std::bit_cast<std::uint64_t>(other.real);
  case argument_kind::string: return one.string == other.string;
  }
  return false;
}

} // namespace

std::size_t batch_axes::of(std::string_view tensor) const
{
  auto const found =
      std::find_if(others_.begin(), others_.end(), [&](auto const& each) { return each.name == tensor; });
  return static_cast<std::size_t>(found == others_.end() ? usual_ : found->dimension);
}

std::int64_t rows_of(tensor_table const& table, batch_axes const& axes)
{
  auto rows = std::int64_t{0};
  for (auto const& tensor : table.tensors) {
    auto const axis = axes.of(tensor.name);
    if (axis >= tensor.shape.size() || tensor.shape[axis] == 0) return 0;
    if (rows != 0 && tensor.shape[axis] != rows) return 0;
    rows = tensor.shape[axis];
  }
  return rows;
}

bool fit(tensor_table const& one, tensor_table const& other, batch_axes const& axes)
{
  auto const inputs = std::equal(one.tensors.begin(), one.tensors.end(), other.tensors.begin(), other.tensors.end(),
                                 [&](auto const& a, auto const& b) { return fit(a, b, axes.of(a.name)); });
  return inputs &&
         std::equal(one.arguments.begin(), one.arguments.end(), other.arguments.begin(), other.arguments.end(), same);
}

std::uint64_t shape_key(tensor_table const& table, batch_axes const& axes)
{
  // FNV-1a over 64-bit words: quick, and good enough where a collision only mixes two measurements.
  auto key = std::uint64_t{0xcbf29ce484222325};
  auto const add = [&](std::uint64_t word) { key = (key ^ word) * 0x100000001b3; };
  for (auto const& tensor : table.tensors) {
    auto const axis = axes.of(tensor.name);
    add(static_cast<std::uint64_t>(tensor.type));
    for (std::size_t i = 0; i < tensor.shape.size(); ++i)
      if (i != axis) add(static_cast<std::uint64_t>(tensor.shape[i]));
  }
  return key;
}

void choose(std::span<candidate const> waiting, std::int64_t max_rows, batch_axes const& axes, selection& into)
{
  into.places.clear();
  into.rows = 0;
  into.full = false;
  if (waiting.empty()) return;
  auto const& first = waiting.front();
  into.places.push_back(0);
  into.rows = first.rows;
  if (first.rows == 0) return;
  for (std::size_t i = 1; i < waiting.size(); ++i) {
    auto const& each = waiting[i];
    if (each.rows == 0 || !fit(*first.table, *each.table, axes)) continue;
    into.full = each.rows > max_rows - into.rows || into.places.size() == max_batch_members;
    if (into.full) return;
    into.places.push_back(i);
    into.rows += each.rows;
  }
}

} // namespace pilotlight::worker
