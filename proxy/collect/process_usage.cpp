#include "proxy/collect/process_usage.hpp"

#include "proxy/collect/proc_text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unistd.h>

namespace pilotlight::collect {

std::optional<process_times> parse_process_stat(std::string_view text, long ticks_per_second)
{
  constexpr std::size_t utime = 14, stime = 15, threads = 20, started = 22; // numbered as in proc(5)
  auto const name_end = text.rfind(')');
  if (name_end == std::string_view::npos || ticks_per_second <= 0) return std::nullopt;
  text.remove_prefix(name_end + 1);
  auto fields = std::array<std::string_view, started + 1>();
  for (std::size_t i = 3; i <= started; ++i)
    fields[i] = take_word(text);
  auto const user = parse_count(fields[utime]), system = parse_count(fields[stime]);
  auto const count = parse_count(fields[threads]), start = parse_count(fields[started]);
  if (!user || !system || !count || !start) return std::nullopt;
  auto const seconds = static_cast<double>(*user + *system) / static_cast<double>(ticks_per_second);
  return process_times{*start,
                       std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)),
                       static_cast<int>(*count)};
}

std::optional<std::uint64_t> parse_pss(std::string_view text)
{
  return parse_kilobytes(text, "Pss:");
}

std::optional<process_times> read_process_times(pid_t pid)
{
  if (pid <= 0) return std::nullopt;
  return parse_process_stat(read_text("/proc/" + std::to_string(pid) + "/stat"), ::sysconf(_SC_CLK_TCK));
}

std::uint64_t read_pss(pid_t pid)
{
  if (pid <= 0) return 0;
  return parse_pss(read_text("/proc/" + std::to_string(pid) + "/smaps_rollup")).value_or(0);
}

double cores_between(process_times const& before, process_times const& after, std::chrono::nanoseconds span)
{
  if (before.started != after.started || span.count() <= 0) return 0;
  return std::max(0.0, static_cast<double>((after.cpu - before.cpu).count()) / static_cast<double>(span.count()));
}

} // namespace pilotlight::collect
