// How do the numbers of a JSON tensor get into the arena? Straight from the text, once datatype and shape are known.
// Pure.
#pragma once
#include "proxy/oip/json_cursor.hpp"
#include "shared/tensor_table.hpp"

namespace pilotlight::oip {

/// Writes the elements of `data` (flat, or nested as the shape says) to `target`, which has exactly the shape's
/// bytes and is aligned for the type. Reads `data` from its start again. Failure: a sentence naming the input and the
/// element: wrong count, wrong nesting, out of the type's range, no number.
result<void> fill_tensor(ondemand::array data, std::string_view name, datatype type, dimensions const& shape,
                         std::span<std::byte> target);

} // namespace pilotlight::oip
