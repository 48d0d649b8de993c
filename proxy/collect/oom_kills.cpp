#include "proxy/collect/oom_kills.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace pilotlight::collect {
namespace {

std::string text_of(std::string const& path)
{
  auto file = std::ifstream(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Is `name` in the comma-separated list?
bool lists(std::string_view controllers, std::string_view name)
{
  while (!controllers.empty()) {
    auto const end = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, end) == name) return true;
    controllers.remove_prefix(std::min(end + 1, controllers.size()));
  }
  return false;
}

} // namespace

std::optional<std::string> oom_file(std::string_view proc_cgroup)
{
  auto unified = std::optional<std::string>();
  while (!proc_cgroup.empty()) {
    auto const end = std::min(proc_cgroup.find('\n'), proc_cgroup.size());
    auto const line = proc_cgroup.substr(0, end); // hierarchy:controllers:path
    proc_cgroup.remove_prefix(std::min(end + 1, proc_cgroup.size()));
    auto const first = line.find(':');
    auto const second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    auto const path = std::string(line.substr(second + 1));
    auto const inside = path == "/" ? std::string() : path;
    if (lists(line.substr(first + 1, second - first - 1), "memory"))
      return "/sys/fs/cgroup/memory" + inside + "/memory.oom_control";
    if (line.starts_with("0::")) unified = "/sys/fs/cgroup" + inside + "/memory.events";
  }
  return unified;
}

std::uint64_t parse_oom_kills(std::string_view text)
{
  auto words = std::istringstream{std::string(text)};
  auto name = std::string();
  auto count = std::uint64_t{0};
  while (words >> name >> count)
    if (name == "oom_kill") return count;
  return 0;
}

std::uint64_t oom_kills()
{
  auto const file = oom_file(text_of("/proc/self/cgroup"));
  return file ? parse_oom_kills(text_of(*file)) : 0;
}

} // namespace pilotlight::collect
