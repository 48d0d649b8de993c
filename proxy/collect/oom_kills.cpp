#include "proxy/collect/oom_kills.hpp"

#include <fstream>
#include <string>

namespace pilotlight::collect {

std::uint64_t oom_kills()
{
  auto own = std::ifstream("/proc/self/cgroup");
  auto line = std::string();
  while (std::getline(own, line))
    if (line.starts_with("0::")) break;
  if (!line.starts_with("0::")) return 0;
  auto events = std::ifstream("/sys/fs/cgroup" + line.substr(3) + "/memory.events");
  auto name = std::string();
  auto count = std::uint64_t{0};
  while (events >> name >> count)
    if (name == "oom_kill") return count;
  return 0;
}

} // namespace pilotlight::collect
