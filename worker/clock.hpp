// What time is it, as both sides of the channel count it? CLOCK_MONOTONIC.
#pragma once
#include <cstdint>
#include <ctime>

namespace pilotlight::worker {

inline std::uint64_t monotonic_ns()
{
  auto now = timespec{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

inline double milliseconds_since(std::uint64_t start_ns)
{
  return static_cast<double>(monotonic_ns() - start_ns) / 1e6;
}

} // namespace pilotlight::worker
