// A tensor that owns its bytes (input of a canary, part of a golden answer): how is it filled, how is it told? Pure.
#pragma once
#include "shared/datatype.hpp"
#include "shared/shape.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::health {

/// `bytes` are as many as type and shape ask for; little-endian, row-major, as in the arenas.
struct tensor_value
{
  std::string name{};
  datatype type = datatype::unknown;
  dimensions shape{};
  std::vector<std::byte> bytes{};
  bool operator==(tensor_value const&) const = default;
};

/// "FP32 [2, 4]", for sentences.
std::string described(datatype type, std::span<std::int64_t const> shape);
/// "[0, 3]": where the element of that row-major number lies; "[]" in a scalar.
std::string place_of(std::uint64_t element, std::span<std::int64_t const> shape);

/// Bytes of one value as stored, row-major element by element; nothing where `type` cannot hold it (an integer type and
/// a fraction, a value out of range, BOOL and anything but 0 or 1).
bool append_value(std::vector<std::byte>& bytes, datatype type, double value);
bool append_value(std::vector<std::byte>& bytes, datatype type, std::int64_t value);

} // namespace pilotlight::health
