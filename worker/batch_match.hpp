// Which requests may run as one forward? Those whose inputs differ in nothing but how many rows they have. Pure.
#pragma once
#include "shared/messages.hpp"
#include "shared/tensor_table.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::worker {

/// Which dimension of a tensor the rows of a batch lie along: by its name, else the model's usual one.
class batch_axes
{
public:
  batch_axes(int usual, std::vector<tensor_dimension> others) : usual_(usual), others_(std::move(others)) {}
  std::size_t of(std::string_view tensor) const;

private:
  int usual_;
  std::vector<tensor_dimension> others_;
};

struct batch_dimensions
{
  batch_axes inputs;
  batch_axes outputs;
};

/// Rows of a request: the extent that all its inputs have along their batch dimension. 0: it has none, or its inputs do
/// not agree: it runs alone.
std::int64_t rows_of(tensor_table const& table, batch_axes const& axes);

/// True when both may run in one forward: the same inputs in the same order, with the same datatypes, ranks and
/// dimensions but the batch one, and the same arguments. Both have rows.
bool fit(tensor_table const& one, tensor_table const& other, batch_axes const& axes);

/// A number that requests which fit have in common (others rarely): what a batch is measured by.
std::uint64_t shape_key(tensor_table const& table, batch_axes const& axes);

/// One that waits.
struct candidate
{
  tensor_table const* table = nullptr;
  std::int64_t rows = 0; ///< 0: runs alone
};

/// Who runs next.
struct selection
{
  std::vector<std::size_t> places; ///< among those that wait, ascending
  std::int64_t rows = 0;
  bool full = false; ///< another one fits, but finds no room
};

/// The first that waits, always, and those behind it that fit it, in their order, as long as there are no more than
/// `max_rows` rows and max_batch_members requests. One that does not fit is passed over: it waits no longer than until
/// it is the first itself.
void choose(std::span<candidate const> waiting, std::int64_t max_rows, batch_axes const& axes, selection& into);

} // namespace pilotlight::worker
