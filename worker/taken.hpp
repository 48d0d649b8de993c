// One request as the worker has taken it up: what was asked, what has come of it so far. Plain data, recycled.
#pragma once
#include "shared/descriptor.hpp"
#include "shared/tensor_table.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace pilotlight::worker {

struct taken
{
  submission asked;
  completion done;
  std::vector<std::byte> table_bytes; ///< a private copy: the table's names view it
  tensor_table table;
  std::optional<failure> refused; ///< its table is corrupt
  bool probe = false;             ///< a canary: answered on the probe lane
};

/// Takes it up: copies the table out of the arena before it is checked.
void take_up(submission const& asked, std::span<std::byte const> arena, taken& into);

} // namespace pilotlight::worker
