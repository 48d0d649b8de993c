#include "shared/cgroup.hpp"

#include <algorithm>

namespace pilotlight {
namespace {

/// Is `word` in the comma-separated list?
bool lists(std::string_view list, std::string_view word)
{
  while (!list.empty()) {
    auto const one = list.substr(0, list.find(','));
    if (one == word) return true;
    list.remove_prefix(std::min(one.size() + 1, list.size()));
  }
  return false;
}

void climb(std::string const& root, std::string path, std::vector<std::string>& into)
{
  for (;;) {
    into.push_back(root + (path == "/" ? "" : path));
    if (path.size() <= 1) return;
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  }
}

} // namespace

std::vector<std::string> cgroup_folders(std::string_view proc_cgroup, std::string_view controller,
                                        std::string const& root)
{
  auto unified = std::string("/"), old = std::string();
  while (!proc_cgroup.empty()) {
    auto const line = proc_cgroup.substr(0, proc_cgroup.find('\n')); // hierarchy:controllers:path
    proc_cgroup.remove_prefix(std::min(line.size() + 1, proc_cgroup.size()));
    auto const first = line.find(':');
    auto const second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos || !line.substr(second + 1).starts_with('/')) continue;
    auto const path = std::string(line.substr(second + 1));
    if (line.starts_with("0::")) unified = path;
    if (lists(line.substr(first + 1, second - first - 1), controller)) old = path;
  }
  auto folders = std::vector<std::string>();
  climb(root, unified, folders);
  if (!old.empty()) climb(root + "/" + std::string(controller), old, folders);
  return folders;
}

} // namespace pilotlight
