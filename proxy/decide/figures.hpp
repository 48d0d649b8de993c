// How does a number look in a reason? Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace pilotlight::decide {

std::string figure(double value);                            ///< three significant digits: "7.2", "0.04", "1250"
std::string in_seconds(std::chrono::microseconds time);      ///< "60 s"
std::string in_milliseconds(std::chrono::microseconds time); ///< "12.5 ms"
std::string in_mebibytes(std::uint64_t bytes);               ///< "140 MiB"

} // namespace pilotlight::decide
