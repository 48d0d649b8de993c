#include "proxy/collect/memory.hpp"

#include <fstream>
#include <string>

namespace pilotlight::collect {

std::uint64_t pss_bytes(pid_t pid)
{
  auto file = std::ifstream("/proc/" + std::to_string(pid) + "/smaps_rollup");
  auto word = std::string();
  while (file >> word) {
    if (word != "Pss:") continue;
    auto kilobytes = std::uint64_t{0};
    file >> kilobytes;
    return kilobytes * 1024;
  }
  return 0;
}

} // namespace pilotlight::collect
