// How much CPU and memory does one process use? Pure parsers of /proc texts and a thin reader, which takes up to some
// milliseconds for a large process: not for the I/O thread (see usage_sampler).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace pilotlight::collect {

/// Of /proc/PID/stat.
struct process_times
{
  std::uint64_t started = 0;       ///< clock ticks after the boot: tells a process from a later one of the same number
  std::chrono::nanoseconds cpu{0}; ///< user and system time of all its threads so far
  int threads = 0;
};

/// Field 3 on is counted from the last ')', since the name before it may hold anything. Nothing: malformed.
std::optional<process_times> parse_process_stat(std::string_view text, long ticks_per_second);

/// Proportional set size in bytes, of the line "Pss: 1234 kB" of /proc/PID/smaps_rollup.
std::optional<std::uint64_t> parse_pss(std::string_view text);

/// What is known of one process now.
struct process_usage
{
  std::uint64_t pss = 0; ///< bytes; 0: gone, or not measured yet
  double cores = 0;      ///< CPU in use, mean between the last two samples; 0 after the first
  bool measured = false; ///< there have been two
  int threads = 0;       ///< 0: gone, or not measured yet
};

/// Some microseconds. Nothing: the process is gone.
std::optional<process_times> read_process_times(pid_t pid);
/// Up to some milliseconds: the kernel walks its page tables. 0: gone, or a zombie.
std::uint64_t read_pss(pid_t pid);

/// Cores in use between two samples of one process; 0 when they are not of the same one or no time has passed.
double cores_between(process_times const& before, process_times const& after, std::chrono::nanoseconds span);

} // namespace pilotlight::collect
