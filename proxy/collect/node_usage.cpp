#include "proxy/collect/node_usage.hpp"

#include "proxy/collect/proc_text.hpp"
#include "shared/cgroup.hpp"
#include "shared/cpu_quota.hpp"

#include <algorithm>
#include <sched.h>
#include <unistd.h>

namespace pilotlight::collect {
namespace {

using std::chrono::nanoseconds;

int allowed_cpus()
{
  auto set = cpu_set_t{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

} // namespace

decide::node_facts facts_of(node_usage const& usage, std::uint64_t zygote_bytes)
{
  return {usage.cores,  usage.cores_used,       usage.cpu_pressure, usage.memory_pressure,
          usage.memory, usage.memory_available, zygote_bytes};
}

std::optional<nanoseconds> parse_busy_time(std::string_view text, long ticks_per_second)
{
  auto line = take_line(text);
  if (take_word(line) != "cpu" || ticks_per_second <= 0) return std::nullopt;
  auto busy = std::uint64_t{0};
  for (int field = 0; field < 8; ++field) { // user nice system idle iowait irq softirq steal; guests are in user
    auto const ticks = parse_count(take_word(line));
    if (!ticks) return std::nullopt;
    if (field != 3 && field != 4) busy += *ticks;
  }
  return nanoseconds(
      static_cast<std::int64_t>(static_cast<double>(busy) / static_cast<double>(ticks_per_second) * 1e9));
}

std::optional<double> parse_pressure(std::string_view text)
{
  constexpr std::string_view average = "avg10=";
  auto line = take_line(text);
  if (take_word(line) != "some") return std::nullopt;
  auto const word = take_word(line);
  if (!word.starts_with(average)) return std::nullopt;
  return parse_decimal(word.substr(average.size()));
}

std::optional<std::uint64_t> parse_memory_limit(std::string_view text)
{
  constexpr auto no_limit = std::uint64_t{1} << 60; // v1 says 2^63 rounded down to pages
  auto const limit = parse_count(text);
  return limit && *limit < no_limit ? limit : std::nullopt;
}

node_meter::node_meter(std::string proc, std::string cgroups, int cpus)
    : proc_(std::move(proc)), cgroups_(std::move(cgroups)), cpus_(cpus > 0 ? cpus : allowed_cpus())
{
}

std::vector<std::string> node_meter::groups(std::string_view controller) const
{
  return cgroup_folders(read_text(proc_ + "/self/cgroup"), controller, cgroups_);
}

std::optional<node_meter::found<double>> node_meter::cpu_quota() const
{
  auto tightest = std::optional<found<double>>();
  for (auto const& folder : groups("cpu")) {
    auto quota = parse_cpu_max(read_text(folder + "/cpu.max"));
    if (!quota)
      quota = parse_cfs_quota(read_text(folder + "/cpu.cfs_quota_us"), read_text(folder + "/cpu.cfs_period_us"));
    if (quota && *quota < cpus_ && (!tightest || *quota < tightest->value)) tightest = found<double>{*quota, folder};
  }
  return tightest;
}

std::optional<node_meter::found<std::uint64_t>> node_meter::memory_limit(std::uint64_t node_memory) const
{
  auto tightest = std::optional<found<std::uint64_t>>();
  for (auto const& folder : groups("memory")) {
    auto limit = parse_memory_limit(read_text(folder + "/memory.max"));
    if (!limit) limit = parse_memory_limit(read_text(folder + "/memory.limit_in_bytes"));
    if (limit && *limit < node_memory && (!tightest || *limit < tightest->value))
      tightest = found<std::uint64_t>{*limit, folder};
  }
  return tightest;
}

void node_meter::add_memory(node_usage& usage) const
{
  auto const node = read_text(proc_ + "/meminfo");
  usage.memory = parse_kilobytes(node, "MemTotal:").value_or(0);
  usage.memory_available = parse_kilobytes(node, "MemAvailable:").value_or(0);
  auto const limit = memory_limit(usage.memory);
  usage.memory_limited = limit.has_value();
  if (!limit) {
    usage.memory_pressure = pressure({}, "memory");
    return;
  }
  auto used = parse_count(read_text(limit->folder + "/memory.current"));
  if (!used) used = parse_count(read_text(limit->folder + "/memory.usage_in_bytes"));
  auto const statistics = read_text(limit->folder + "/memory.stat");
  auto cache = parse_named(statistics, "inactive_file");                                // what the kernel drops first
  if (auto const whole = parse_named(statistics, "total_inactive_file")) cache = whole; // v1, subgroups included
  auto const taken = used.value_or(0) - std::min(used.value_or(0), cache.value_or(0));
  usage.memory = limit->value;
  usage.memory_available = std::min(usage.memory_available, limit->value - std::min(limit->value, taken));
  usage.memory_pressure = pressure(limit->folder, "memory");
}

std::optional<nanoseconds> node_meter::busy_time(std::string const& group) const
{
  if (group.empty()) return parse_busy_time(read_text(proc_ + "/stat"), ::sysconf(_SC_CLK_TCK));
  if (auto const used = parse_named(read_text(group + "/cpu.stat"), "usage_usec"))
    return std::chrono::microseconds(*used);
  auto const old = parse_count(read_text(group + "/cpuacct.usage"));
  return old ? std::optional(nanoseconds(*old)) : std::nullopt;
}

double node_meter::pressure(std::string const& group, std::string const& of) const
{
  if (!group.empty())
    if (auto const own = parse_pressure(read_text(group + "/" + of + ".pressure"))) return *own;
  return parse_pressure(read_text(proc_ + "/pressure/" + of)).value_or(0);
}

node_usage node_meter::sample(std::chrono::steady_clock::time_point now)
{
  auto usage = node_usage();
  auto const quota = cpu_quota();
  auto const group = quota ? quota->folder : std::string();
  usage.cores = quota ? quota->value : cpus_;
  usage.cpu_limited = quota.has_value();
  usage.cpu_pressure = pressure(group, "cpu");
  add_memory(usage);

  auto const busy = busy_time(group);
  auto const span = std::chrono::duration<double>(now - when_).count();
  if (busy && busy_ && span > 0)
    usage.cores_used = std::max(0.0, std::chrono::duration<double>(*busy - *busy_).count() / span);
  busy_ = busy;
  when_ = now;
  usage.gpus = gpus_.sample();
  return usage;
}

} // namespace pilotlight::collect
