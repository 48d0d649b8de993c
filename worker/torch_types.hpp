// Which LibTorch scalar type is which datatype of the protocol? Pure.
#pragma once
#include "shared/datatype.hpp"

#include <c10/core/ScalarType.h>

namespace pilotlight::worker {

/// In the order of `datatype`.
inline constexpr c10::ScalarType scalar_types[] = {
    c10::ScalarType::Undefined, c10::ScalarType::Bool,   c10::ScalarType::Byte, c10::ScalarType::UInt16,
    c10::ScalarType::UInt32,    c10::ScalarType::UInt64, c10::ScalarType::Char, c10::ScalarType::Short,
    c10::ScalarType::Int,       c10::ScalarType::Long,   c10::ScalarType::Half, c10::ScalarType::BFloat16,
    c10::ScalarType::Float,     c10::ScalarType::Double};

constexpr c10::ScalarType to_scalar_type(datatype type)
{
  return scalar_types[static_cast<std::size_t>(type)];
}

/// `unknown` for a type that the protocol does not have.
constexpr datatype to_datatype(c10::ScalarType type)
{
  for (std::size_t i = 1; i < std::size(scalar_types); ++i)
    if (scalar_types[i] == type) return static_cast<datatype>(i);
  return datatype::unknown;
}

} // namespace pilotlight::worker
