// What shall a learned rest be better at than the plain delay? Plain data.
#pragma once
#include <cstdint>

namespace pilotlight::predict {

enum class aim : std::uint8_t
{
  balanced,    ///< neither more waits nor more memory x time than the plain delay; half a delay of warmth buys a wait
  fewer_waits, ///< the fewest waits for no more memory x time than the plain delay
  less_memory, ///< the least memory x time for no more waits than the plain delay
};

} // namespace pilotlight::predict
