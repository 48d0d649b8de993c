// To which rung should a model that nobody uses go now? The zero path, pure.
#pragma once
#include "proxy/decide/bounds.hpp"
#include "proxy/decide/facts.hpp"
#include "proxy/decide/policy.hpp"

#include <optional>
#include <string>

namespace pilotlight::decide {

struct rest
{
  rung to = rung::zero;
  std::string reason;
};

/// Cools once the idle delay (the learned one, else scale_to_zero_delay) has passed with nothing inside, and warms at
/// once up to the rung that a floor or the forecast wants. Nothing while anything waits, runs, starts or leaves.
std::optional<rest> resting(model_facts const& facts, model_policy const& policy, bounds const& within);

/// Nothing waits, runs or starts.
bool is_silent(model_facts const& facts);

} // namespace pilotlight::decide
