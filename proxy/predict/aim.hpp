// What shall a learned rest be better at than the plain delay? Plain data.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::predict {

enum class aim : std::uint8_t
{
  balanced,    ///< neither more waits nor more memory x time than the plain delay; half a delay of warmth buys a wait
  fewer_waits, ///< the fewest waits for no more memory x time than the plain delay
  less_memory, ///< the least memory x time for no more waits than the plain delay
};

inline constexpr aim aims[] = {aim::balanced, aim::fewer_waits, aim::less_memory};

constexpr std::string_view to_string(aim what)
{
  constexpr std::string_view names[] = {"balanced", "fewer_waits", "less_memory"};
  return names[static_cast<std::size_t>(what)];
}

} // namespace pilotlight::predict
