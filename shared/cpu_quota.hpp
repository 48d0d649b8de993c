// How many threads may an instance run? What the cgroup's quota and the affinity mask leave, never the host's cores.
// The parsers are pure; `usable_cpus` reads /proc/self/cgroup and /sys/fs/cgroup.
#pragma once
#include <optional>
#include <string_view>

namespace pilotlight {

/// What cgroup v2's cpu.max allows, in CPUs: "150000 100000" is 1.5. Nothing for "max ..." or a malformed text.
std::optional<double> parse_cpu_max(std::string_view text);

/// The same of cgroup v1: cpu.cfs_quota_us and cpu.cfs_period_us. A quota of -1 is nothing.
std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period);

/// Whole CPUs: the quota rounded down (a fraction of a CPU would be throttled), at most the affinity, at least 1.
int threads_for(std::optional<double> quota, int affinity);

/// threads_for what holds for this process now: the tightest quota from its cgroup up to the root, v2 or v1.
int usable_cpus();

} // namespace pilotlight
