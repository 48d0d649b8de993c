// What does the autoscaler remember of one model between two ticks? Plain data.
#pragma once
#include "proxy/decide/budget.hpp"
#include "proxy/decide/demand.hpp"
#include "proxy/decide/load_level.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/decide/recent_most.hpp"
#include "proxy/decide/recurrence.hpp"
#include "proxy/decide/usual_queue.hpp"

#include <vector>

namespace pilotlight::decide {

/// The stabilisation window grows up to so many times when steps down turn out to be taken back.
inline constexpr int most_patience = 8;

struct scaling_memory
{
  explicit scaling_memory(model_policy const& policy)
      : history(policy.stable_window), wishes(policy.stabilisation * most_patience)
  {
  }

  load_history history;
  usual_queue queue;
  recent_most wishes; ///< what the load wanted, for the stabilisation window
  recurrence needs;   ///< and how long it took to want as much again
  load_level level = load_level::none;

  instant panic_until{};
  int panic_most = 0; ///< most that this panic has asked for

  instant up_at{}, down_at{}; ///< the last step each way
  instant emergency_at{};     ///< the last step that health asked for
  instant rose_at{};          ///< the load was last seen rising
  bool down_wanted = false;
  instant down_wanted_since{};
  int patience = 1; ///< factor of the stabilisation window
  instant flapped_at{};

  worker_hours hours;
  std::vector<double> weights; ///< of the last reweigh
  instant weighed_at{};
};

} // namespace pilotlight::decide
