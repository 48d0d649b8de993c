#include "proxy/decide/rest_rule.hpp"

#include "proxy/decide/figures.hpp"

namespace pilotlight::decide {

bool is_silent(model_facts const& facts)
{
  if (facts.waiting > 0 || facts.in_flight > 0 || facts.starting > 0) return false;
  for (auto const& one : facts.instances)
    if (one.in_flight > 0) return false;
  return true;
}

std::optional<rest> resting(model_facts const& facts, model_policy const& policy, bounds const& within)
{
  if (!is_silent(facts) || facts.draining > 0) return std::nullopt;
  if (facts.at < within.rest) {
    std::string const cause = within.window                      ? "the window \"" + within.window->text + "\" is open"
                              : within.floor > 0                 ? "its floor is " + in_instances(within.floor)
                              : policy.warm_floor >= within.rest ? "rest_at is " + std::string(to_string(within.rest))
                              : facts.advice.empty()             ? "a call is expected"
                                                                 : "a call is expected: " + std::string(facts.advice);
    return rest{within.rest, cause};
  }
  if (!policy.zero_scaling || facts.at <= within.rest) return std::nullopt;
  bool const learned = facts.learned_delay >= duration::zero();
  duration const delay = learned ? facts.learned_delay : policy.scale_to_zero_delay;
  if (facts.idle < delay) return std::nullopt;
  return rest{within.rest,
              "idle for " + in_seconds(facts.idle) +
                  (learned ? ": " + std::string(facts.advice) : ", scale_to_zero_delay is " + in_seconds(delay))};
}

} // namespace pilotlight::decide
