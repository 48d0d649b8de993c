// Which policies are replayed, and what are they measured against? Runs them one after another. Takes seconds; blocks;
// touches nothing but its arguments.
#pragma once
#include "proxy/decide/policy.hpp"
#include "proxy/predict/predictor.hpp"
#include "proxy/simulate/report.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::simulate {

/// In the order in which they are replayed and shown.
inline constexpr std::string_view policy_names[] = {"fixed", "reactive", "predictive", "clairvoyant"};

/// What holds for one model.
struct model_rule
{
  decide::model_policy rule;
  predict::predictor_settings prediction;
};

struct study_options
{
  std::vector<std::string> policies; ///< of policy_names
  decide::model_policy rule;         ///< of every model that is not among `own`
  predict::predictor_settings prediction;
  std::map<std::string, model_rule, std::less<>> own; ///< by the model's name
  std::uint64_t seed = 1;
  double cores = 8; ///< of the node
  /// Told the policy at work and how far it is, 0 to 1; may be empty.
  std::function<void(std::string_view, double)> progress;
};

report study(trace const& trace, costs const& costs, study_options const& options);

/// Instances that carry the busiest interval of the model at 90 % utilisation: 1 to `most`. What always-on would run.
int peak_instances(trace_model const& model, duration service, int most);

} // namespace pilotlight::simulate
