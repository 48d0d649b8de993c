#include "proxy/decide/load_level.hpp"

#include <array>

namespace pilotlight::decide {

namespace {

using enum load_level;
using row = std::array<load_level, load_readings>;

// Rows as in load_level, columns as in load_reading.
// clang-format off
constexpr std::array<row, load_levels> table{{
  //            silent under slack   tight   over
  /* none   */ {{ none, low,  normal, normal, high }},
  /* low    */ {{ none, low,  low,    normal, high }},
  /* normal */ {{ none, low,  normal, normal, high }},
  /* high   */ {{ none, low,  normal, high,   high }},
}};
// clang-format on

constexpr std::array<std::string_view, load_levels> level_names{"none", "low", "normal", "high"};
constexpr std::array<std::string_view, load_readings> reading_names{"silent", "under", "slack", "tight", "over"};

} // namespace

load_level next(load_level now, load_reading reading)
{
  return table[static_cast<std::size_t>(now)][static_cast<std::size_t>(reading)];
}

std::string_view to_string(load_level level)
{
  return level_names[static_cast<std::size_t>(level)];
}

std::string_view to_string(load_reading reading)
{
  return reading_names[static_cast<std::size_t>(reading)];
}

} // namespace pilotlight::decide
