#include "shared/cpu_quota.hpp"
#include "shared/cgroup.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sched.h>

namespace pilotlight {
namespace {

std::optional<long> parse_number(std::string_view text)
{
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  auto value = long{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ratio(std::optional<long> quota, std::optional<long> period)
{
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::string text_of(std::string const& path)
{
  auto file = std::ifstream(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<double> tighter(std::optional<double> one, std::optional<double> other)
{
  if (!one) return other;
  return other ? std::min(*one, *other) : one;
}

int affinity_cpus()
{
  auto set = cpu_set_t{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

} // namespace

std::optional<double> parse_cpu_max(std::string_view text)
{
  auto const space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return ratio(parse_number(text.substr(0, space)), parse_number(text.substr(space + 1)));
}

std::optional<double> parse_cfs_quota(std::string_view quota, std::string_view period)
{
  return ratio(parse_number(quota), parse_number(period));
}

int threads_for(std::optional<double> quota, int affinity)
{
  auto const allowed = quota ? std::min(*quota, static_cast<double>(affinity)) : static_cast<double>(affinity);
  return std::max(1, static_cast<int>(allowed));
}

int usable_cpus()
{
  auto quota = std::optional<double>();
  for (auto const& folder : cgroup_folders(text_of("/proc/self/cgroup"), "cpu")) {
    quota = tighter(quota, parse_cpu_max(text_of(folder + "/cpu.max")));
    quota =
        tighter(quota, parse_cfs_quota(text_of(folder + "/cpu.cfs_quota_us"), text_of(folder + "/cpu.cfs_period_us")));
  }
  return threads_for(quota, affinity_cpus());
}

} // namespace pilotlight
