// How does a number look in a reason? Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pilotlight::decide {

std::string figure(double value);                            ///< three significant digits: "7.2", "0.04", "1250"
std::string in_seconds(std::chrono::microseconds time);      ///< "60 s"
std::string in_milliseconds(std::chrono::microseconds time); ///< "12.5 ms"
std::string in_mebibytes(std::uint64_t bytes);               ///< "140 MiB"
std::string in_instances(int count);                         ///< "1 instance", "3 instances"
std::string that_wait(std::size_t requests);                 ///< "1 request waits", "3 requests wait"

} // namespace pilotlight::decide
