// What has this machine, or the cgroup that we live in, and what of it is in use? Pure parsers and a reader of /proc
// and /sys that takes some hundred microseconds: not for the I/O thread (see usage_sampler).
#pragma once
#include "proxy/collect/gpu_usage.hpp"
#include "proxy/decide/facts.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::collect {

/// The cgroup counts where it has a limit, the whole node where it has none; each of CPU and memory by itself.
struct node_usage
{
  double cores = 1;                   ///< usable: the quota, at most the CPUs that we may run on
  double cores_used = 0;              ///< mean between the last two samples; 0 after the first
  bool cpu_limited = false;           ///< by a cgroup's quota
  double cpu_pressure = 0;            ///< PSI "some", 10 s, percent; 0 where the kernel has none
  double memory_pressure = 0;         ///< the same of memory
  std::uint64_t memory = 0;           ///< bytes
  std::uint64_t memory_available = 0; ///< bytes that can be had without swapping, caches counted as such
  bool memory_limited = false;        ///< by a cgroup
  std::vector<gpu_usage> gpus;        ///< empty: none, or no driver
};

/// As the deciders take it. `zygote_bytes` is known to the caller.
decide::node_facts facts_of(node_usage const& usage, std::uint64_t zygote_bytes);

/// The line "cpu" of /proc/stat: time not idle, of all CPUs, since the boot.
std::optional<std::chrono::nanoseconds> parse_busy_time(std::string_view text, long ticks_per_second);
/// "some avg10=1.23 ..." of a pressure file: 1.23.
std::optional<double> parse_pressure(std::string_view text);
/// memory.max or memory.limit_in_bytes; nothing for "max" and for v1's number that stands for it.
std::optional<std::uint64_t> parse_memory_limit(std::string_view text);

/// Takes samples one after the other. Any thread, one at a time.
class node_meter
{
public:
  /// The folders are arguments for the tests' sake.
  explicit node_meter(std::string proc = "/proc", std::string cgroups = "/sys/fs/cgroup", int cpus = 0);

  node_usage sample(std::chrono::steady_clock::time_point now);

private:
  /// A limit, and the folder of the group that has it.
  template <class Value>
  struct found
  {
    Value value;
    std::string folder;
  };

  std::vector<std::string> groups(std::string_view controller) const;
  std::optional<found<double>> cpu_quota() const;
  std::optional<found<std::uint64_t>> memory_limit(std::uint64_t node_memory) const;
  void add_memory(node_usage& usage) const;
  std::optional<std::chrono::nanoseconds> busy_time(std::string const& group) const;
  double pressure(std::string const& group, std::string const& of) const;

  std::string proc_, cgroups_;
  int cpus_;
  gpu_meter gpus_;
  std::optional<std::chrono::nanoseconds> busy_; ///< at the last sample
  std::chrono::steady_clock::time_point when_{};
};

} // namespace pilotlight::collect
