#include "proxy/config/fit.hpp"
#include "proxy/config/document.hpp"
#include "proxy/config/doubts.hpp"

#include <algorithm>
#include <utility>

namespace pilotlight::config {
namespace {

/// The models that such a schedule is of and that may not have so many instances: their floor is lower. One version of
/// each, all have the same limits.
std::vector<model_spec const*> too_small(schedule_settings const& schedule, repository_contents const& repository)
{
  auto found = std::vector<model_spec const*>();
  for (auto const& one : repository.models) // by name
    if ((schedule.model.empty() || schedule.model == one.name) && one.error.empty() &&
        one.toml.limits.max_instances < schedule.min_instances && (found.empty() || found.back()->name != one.name))
      found.push_back(&one);
  return found;
}

bool has_model(std::string_view name, repository_contents const& repository)
{
  return std::ranges::find(repository.models, name, &model_spec::name) != repository.models.end();
}

/// Of an input that requests of this shape can have; the worker finds out the rest.
std::string why_not_batched(model_toml const& of)
{
  if (of.state == state_mode::sequence) return "the requests of a sequence are never batched";
  for (auto const& each : of.inputs) {
    auto const dimension = each.batch_dimension >= 0 ? each.batch_dimension : of.batch_dimension;
    if (each.shape && static_cast<std::size_t>(dimension) >= each.shape->size())
      return "input " + quoted(each.name) + " has " + std::to_string(each.shape->size()) +
             " dimensions, and 'batch_dimension' " + std::to_string(dimension) + " (from 0) is none of them";
  }
  return {};
}

bool stays_warm(model_limits const& limits)
{
  auto const has_processes_of_its_own = limits.rest_at > decide::rung::zygote;
  return limits.autoscaling && (has_processes_of_its_own || limits.min_instances > 0);
}

/// What its model.toml brought in; one version of each model, all have the same limits.
void add_doubts_of_models(settings const& all, repository_contents const& repository, int machine_cores,
                          std::vector<std::string>& told)
{
  auto const of_node = doubts(all.limits, all, machine_cores);
  auto name = std::string_view();
  for (auto const& one : repository.models) {
    if (!one.error.empty() || std::exchange(name, one.name) == one.name) continue;
    for (auto const& doubt : doubts(one.toml.limits, all, machine_cores))
      if (std::ranges::find(of_node, doubt) == of_node.end())
        told.push_back("model " + quoted(one.name) + ": " + doubt);
    auto const& limits = one.toml.limits;
    if (limits.max_batch_size > 1)
      if (auto const why = why_not_batched(one.toml); !why.empty())
        told.push_back("model " + quoted(one.name) + ": 'batching.max_batch_size' has no effect: " + why);
    if (one.toml.state == state_mode::sequence &&
        (limits.min_instances > 0 || limits.rest_at == decide::rung::instance))
      told.push_back("model " + quoted(one.name) +
                     ": 'autoscaling.model_loader.min_instances' and 'autoscaling.zero_scaling.rest_at' = \"instance\" "
                     "keep no instance of it, since each sequence forks its own: rest_at = \"model_zygote\" keeps what "
                     "they are forked from");
  }
}

} // namespace

std::vector<std::string> misfits(settings const& all, repository_contents const& repository, int machine_cores)
{
  auto told = std::vector<std::string>();
  for (auto const& one : all.schedules) {
    if (!one.model.empty() && !has_model(one.model, repository))
      told.push_back("'autoscaling.schedules.model' is " + quoted(one.model) + ", which is not in the repository '" +
                     all.repository + "'");
    auto const small = too_small(one, repository);
    if (small.empty()) continue;
    told.push_back("'autoscaling.schedules.min_instances' is " + std::to_string(one.min_instances) + ", but the " +
                   "'autoscaling.model_loader.max_instances_per_model' of " + quoted(small.front()->name) + " is " +
                   std::to_string(small.front()->toml.limits.max_instances) + ", which is its floor then");
    if (small.size() > 1) told.back() += "; likewise " + std::to_string(small.size() - 1) + " more models";
  }
  auto const warm = static_cast<std::size_t>(std::ranges::count_if(
      repository.models, [](model_spec const& one) { return one.error.empty() && stays_warm(one.toml.limits); }));
  if (warm > all.max_loaded_models)
    told.push_back("'autoscaling.zero_scaling.max_loaded_models' is " + std::to_string(all.max_loaded_models) +
                   ", but " + std::to_string(warm) +
                   " model versions are to stay warm by their 'autoscaling.model_loader.min_instances' or "
                   "'autoscaling.zero_scaling.rest_at'");
  add_doubts_of_models(all, repository, machine_cores, told);
  return told;
}

} // namespace pilotlight::config
