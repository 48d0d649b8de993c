// How are a tensor's numbers written as JSON? Shortest decimals that read back to the same bits. Pure.
#pragma once
#include "shared/datatype.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace pilotlight::oip {

/// Appends "[1.0,2.5,...]". Real numbers have a point or an exponent, so that a reader keeps them real; FP16 and BF16
/// are written as the float they are. `data` is whole elements of that type, at any alignment.
/// Returns the position of the first NaN or infinity, which JSON cannot say, and then has appended rubbish.
std::optional<std::size_t> append_numbers(std::string& json, datatype type, std::span<std::byte const> data);

} // namespace pilotlight::oip
