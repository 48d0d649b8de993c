// Which numbers come next? A small generator, the same on every machine. Pure.
#pragma once
#include <cstdint>

namespace pilotlight::simulate {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
class random_bits
{
public:
  explicit random_bits(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next()
  {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// Below `bound` (at most 2^32), by multiplication: the bias is below bound / 2^32.
  static std::uint32_t below(std::uint32_t bits, std::uint64_t bound)
  {
    return static_cast<std::uint32_t>((bits * bound) >> 32);
  }

private:
  std::uint64_t state_;
};

} // namespace pilotlight::simulate
