// Has the kernel's OOM killer been at work in our memory cgroup? Parsers are pure; oom_kills() reads files of /proc and
// of the cgroup.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::collect {

/// `oom_kill` of memory.events (cgroup v2) or memory.oom_control (v1); nothing where the text does not say.
std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

/// Kills in the innermost cgroup of this process that counts them, since that was made; 0 where none does. The folders
/// are arguments for the tests' sake.
std::uint64_t oom_kills(std::string const& proc = "/proc", std::string const& cgroups = "/sys/fs/cgroup");

} // namespace pilotlight::collect
