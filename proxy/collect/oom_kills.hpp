// Has the kernel's OOM killer been at work in our memory cgroup? Parsers are pure; oom_kills() reads a file of the
// cgroup.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::collect {

/// The file that counts kills for a process whose /proc/self/cgroup is this text: memory.events of cgroup v2, or
/// memory.oom_control where the memory controller is v1's (hybrid). Nothing: neither is named.
std::optional<std::string> oom_file(std::string_view proc_cgroup);

/// `oom_kill` of such a file; 0 where it does not say.
std::uint64_t parse_oom_kills(std::string_view text);

/// Kills in this process's own cgroup since that was made; 0 where nothing counts them.
std::uint64_t oom_kills();

} // namespace pilotlight::collect
