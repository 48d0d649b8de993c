#include "proxy/health/work_watch.hpp"

#include <algorithm>
#include <utility>

namespace pilotlight::health {

work_done work_watch::take(work_seen const& now)
{
  auto const before = std::exchange(before_, now);
  if (!before || now.when <= before->when) return {};
  auto const span = static_cast<double>((now.when - before->when).count());
  auto const busy = static_cast<double>((now.finished + now.running - before->running).count());
  auto done = work_done();
  done.busy_share = std::clamp(busy / span, 0.0, 1.0);
  if (before->cpu && now.cpu) done.cores = std::max(0.0, static_cast<double>((*now.cpu - *before->cpu).count()) / span);
  return done;
}

} // namespace pilotlight::health
