#include "worker/upkeep.hpp"

#include "worker/clock.hpp"
#include "worker/libtorch.hpp"
#include "worker/warmup.hpp"

#include <cstdint>
#include <malloc.h>

namespace pilotlight::worker {
namespace {

/// What the progress word shows in place of a probe: ids count upwards from 1.
constexpr auto own_work = UINT64_MAX;

} // namespace

void upkeep::take(adjustment const& ordered)
{
  if (ordered.threads > 0) use_threads(static_cast<int>(ordered.threads));
  pending_ = pending_ || ordered.refresh;
}

void upkeep::in_quiet(progress& seen)
{
  pending_ = false;
  seen.begin_probe(own_work, monotonic_ns());
  if (may_warm_)
    for (auto const& inputs : warmups_)
      (void)warm(served_, inputs); // one that fails was told about when the model was loaded
  ::malloc_trim(0);
  seen.end();
}

} // namespace pilotlight::worker
