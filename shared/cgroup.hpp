// Where in the tree of control groups does this process hang? Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight {

/// The folders of its group and of all above it, the innermost first: those of v2, then those of v1's `controller`
/// ("memory", "cpu"). Some may not exist: a container may be told the host's path of its group, and see its own group
/// as the root. `proc_cgroup` is the text of /proc/self/cgroup, `root` where the hierarchies are mounted.
std::vector<std::string> cgroup_folders(std::string_view proc_cgroup, std::string_view controller,
                                        std::string const& root = "/sys/fs/cgroup");

} // namespace pilotlight
