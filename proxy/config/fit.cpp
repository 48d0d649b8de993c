#include "proxy/config/fit.hpp"
#include "proxy/config/document.hpp"

#include <algorithm>

namespace pilotlight::config {
namespace {

/// Of the newest version: the one that is asked for without a version.
model_spec const* newest(std::string_view name, repository_contents const& repository)
{
  model_spec const* found = nullptr;
  for (auto const& one : repository.models) // by version
    if (one.name == name) found = &one;
  return found;
}

bool stays_warm(model_limits const& limits)
{
  auto const has_processes_of_its_own = limits.rest_at > decide::rung::zygote;
  return limits.autoscaling && (has_processes_of_its_own || limits.min_instances > 0);
}

} // namespace

std::vector<std::string> misfits(settings const& all, repository_contents const& repository)
{
  auto told = std::vector<std::string>();
  for (auto const& one : all.schedules) {
    if (one.model.empty()) continue;
    auto const* model = newest(one.model, repository);
    if (!model)
      told.push_back("'autoscaling.schedules.model' is " + quoted(one.model) + ", which is not in the repository '" +
                     all.repository + "'");
    else if (one.min_instances > model->toml.limits.max_instances)
      told.push_back("'autoscaling.schedules.min_instances' is " + std::to_string(one.min_instances) + ", but the " +
                     "'autoscaling.model_loader.max_instances_per_model' of " + quoted(one.model) + " is " +
                     std::to_string(model->toml.limits.max_instances));
  }
  auto const warm = static_cast<std::size_t>(std::ranges::count_if(
      repository.models, [](model_spec const& one) { return one.error.empty() && stays_warm(one.toml.limits); }));
  if (warm > all.max_loaded_models)
    told.push_back("'autoscaling.zero_scaling.max_loaded_models' is " + std::to_string(all.max_loaded_models) +
                   ", but " + std::to_string(warm) +
                   " model versions are to stay warm by their 'autoscaling.model_loader.min_instances' or "
                   "'autoscaling.zero_scaling.rest_at'");
  return told;
}

} // namespace pilotlight::config
