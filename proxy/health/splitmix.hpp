// How do neighbouring numbers become unrelated ones? Pure.
#pragma once
#include <cstdint>

namespace pilotlight::health {

/// One step of splitmix64 (Steele, Lea and Flood, 2014): the same on every machine, for places in time and values that
/// must come out alike in each run.
constexpr std::uint64_t splitmix(std::uint64_t x)
{
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

} // namespace pilotlight::health
