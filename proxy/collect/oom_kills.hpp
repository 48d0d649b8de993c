// Has the kernel's OOM killer been at work in our memory cgroup? Reads a file of the cgroup.
#pragma once
#include <cstdint>

namespace pilotlight::collect {

/// `oom_kill` of this process's memory.events (cgroup v2), from the start of the cgroup; 0 where there is none.
std::uint64_t oom_kills();

} // namespace pilotlight::collect
