// How many elements and bytes does a shape ask for? Pure; overflow is an answer, not an accident.
#pragma once
#include "shared/datatype.hpp"

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>

namespace pilotlight {

/// Most dimensions a tensor may have on the wire.
inline constexpr std::size_t max_rank = 8;
using dimensions = boost::container::static_vector<std::int64_t, max_rank>;

/// Product of the dimensions (1 for a scalar), or nothing when one is negative or the product overflows 2^62.
constexpr std::optional<std::uint64_t> element_count(std::span<std::int64_t const> shape)
{
  constexpr auto limit = std::uint64_t{1} << 62;
  auto product = std::uint64_t{1};
  auto empty = false;
  for (auto const extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (static_cast<std::uint64_t>(extent) > limit / product) return std::nullopt;
    product *= static_cast<std::uint64_t>(extent);
  }
  return empty ? 0 : product;
}

/// element_count times the element's size, or nothing on overflow.
constexpr std::optional<std::uint64_t> byte_count(datatype type, std::span<std::int64_t const> shape)
{
  auto const count = element_count(shape);
  if (!count || *count > (std::uint64_t{1} << 62) / 8) return std::nullopt;
  return *count * size_of(type);
}

} // namespace pilotlight
