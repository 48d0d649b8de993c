// Is the load of a model high, normal, low or none? One visible table with hysteresis. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::decide {

enum class load_level : std::uint8_t
{
  none,   ///< nothing inside: the zero path
  low,    ///< fewer instances would do
  normal, ///< weights follow measured capacity
  high,   ///< more instances are needed
};
inline constexpr std::size_t load_levels = 4;

/// Where the signals stand between the thresholds.
enum class load_reading : std::uint8_t
{
  silent, ///< nothing waits or runs and nothing came
  under,  ///< every signal below its lower threshold
  slack,  ///< between the thresholds, nearer to the lower one
  tight,  ///< between the thresholds, nearer to the upper one
  over,   ///< some signal above its upper threshold
};
inline constexpr std::size_t load_readings = 5;

/// The cell of the table: a level is left only when the signals have passed the far side of the band.
load_level next(load_level now, load_reading reading);

std::string_view to_string(load_level level);
std::string_view to_string(load_reading reading);

} // namespace pilotlight::decide
