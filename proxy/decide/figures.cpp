#include "proxy/decide/figures.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace pilotlight::decide {

std::string figure(double value)
{
  std::array<char, 40> text{};
  bool const large = std::abs(value) >= 1'000;
  int const length = std::snprintf(text.data(), text.size(), large ? "%.0f" : "%.3g", value);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

std::string in_seconds(std::chrono::microseconds time)
{
  return figure(std::chrono::duration<double>(time).count()) + " s";
}

std::string in_milliseconds(std::chrono::microseconds time)
{
  return figure(std::chrono::duration<double, std::milli>(time).count()) + " ms";
}

std::string in_mebibytes(std::uint64_t bytes)
{
  return figure(static_cast<double>(bytes) / (1 << 20)) + " MiB";
}

std::string in_instances(int count)
{
  return std::to_string(count) + (count == 1 ? " instance" : " instances");
}

std::string that_wait(std::size_t requests)
{
  return std::to_string(requests) + (requests == 1 ? " request waits" : " requests wait");
}

} // namespace pilotlight::decide
