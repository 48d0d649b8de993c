// How much memory is a process's own share? Reads /proc; costs up to some milliseconds for a large process.
#pragma once
#include <cstdint>
#include <sys/types.h>

namespace pilotlight::collect {

/// Proportional set size in bytes from /proc/<pid>/smaps_rollup; 0 when the process is gone.
std::uint64_t pss_bytes(pid_t pid);

} // namespace pilotlight::collect
