// How much CPU did an instance use between two detailed checks, and how much of that time did its forwards run? Both
// over the same span. Pure: time is an argument.
#pragma once
#include "proxy/health/check.hpp"

#include <optional>

namespace pilotlight::health {

/// What is seen at a check.
struct work_seen
{
  instant when{};
  std::optional<duration> cpu{}; ///< that the process has used in its life; nothing: not known
  duration finished{0};          ///< forwards that have ended since the check before, all of their time
  duration running{0};           ///< so long has the one run that has not ended; 0: none runs
};

struct work_done
{
  double cores = 0;      ///< mean in use; 0 at the first check, and where CPU is not known
  double busy_share = 0; ///< 0 to 1
};

class work_watch
{
public:
  /// Between the check before and this one. A forward that runs across several checks counts at each with its part.
  work_done take(work_seen const& now);

private:
  std::optional<work_seen> before_;
};

} // namespace pilotlight::health
