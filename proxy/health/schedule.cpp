#include "proxy/health/schedule.hpp"
#include "proxy/health/splitmix.hpp"

#include <algorithm>

namespace pilotlight::health {
namespace {

/// When that check is due for an instance that stays as it is.
instant time_of(check which, agenda const& of, occupation const& instance, policy const& how)
{
  auto const i = static_cast<std::size_t>(which);
  auto const interval = how.intervals[i];
  if (!how.enabled || !instance.ready || interval.count() <= 0) return instant::max();
  if (instance.draining && which != check::basic) return instant::max();
  auto const waits = which == check::functional && instance.busy;
  return of.next[i] + (waits ? interval / 2 : duration(0));
}

} // namespace

agenda plan(model_index model, int number, instant ready, policy const& how)
{
  auto planned = agenda();
  for (std::size_t i = 0; i < checks; ++i) {
    auto const interval = how.intervals[i].count();
    if (interval <= 0) continue;
    auto const bits = splitmix(splitmix(std::uint64_t{model} << 32 | static_cast<std::uint32_t>(number)) + i);
    planned.next[i] = ready + duration(1 + static_cast<std::int64_t>(bits % static_cast<std::uint64_t>(interval)));
  }
  return planned;
}

std::vector<check> take_due(agenda& of, instant now, occupation const& instance, policy const& how)
{
  auto due = std::vector<check>();
  for (std::size_t i = 0; i < checks; ++i) {
    auto const which = static_cast<check>(i);
    if (auto const interval = how.intervals[i]; interval.count() > 0 && of.next[i] - now > interval)
      of.next[i] -= interval * ((of.next[i] - now) / interval);
    if (now < time_of(which, of, instance, how)) continue;
    due.push_back(which);
    auto const interval = how.intervals[i];
    of.next[i] += interval * ((now - of.next[i]) / interval + 1);
  }
  return due;
}

instant next_due(agenda const& of, occupation const& instance, policy const& how)
{
  auto earliest = instant::max();
  for (std::size_t i = 0; i < checks; ++i)
    earliest = std::min(earliest, time_of(static_cast<check>(i), of, instance, how));
  return earliest;
}

} // namespace pilotlight::health
