#include "proxy/simulate/study.hpp"
#include "proxy/simulate/fixed_policy.hpp"
#include "proxy/simulate/predictive_policy.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace pilotlight::simulate {
namespace {

constexpr double always_on_utilisation = 0.9;

void set_always_on(report& into)
{
  auto const seconds = into.trace->seconds();
  auto mebibytes = into.costs.mebibytes(decide::rung::zygote);
  for (auto const& model : into.trace->models) {
    auto const instances = peak_instances(model, into.costs.service, into.max_instances);
    into.always_on_instances += instances;
    mebibytes += into.costs.mebibytes(decide::rung::model_zygote) + instances * into.costs.instance_mebibytes();
  }
  into.always_on_worker_seconds = into.always_on_instances * seconds;
  into.always_on_mebibyte_seconds = mebibytes * seconds;
}

std::unique_ptr<policy> made(std::string const& name, trace const& trace, study_options const& options)
{
  if (name == "reactive") return std::make_unique<reactive_policy>(options.rule, trace.models.size());
  if (name == "predictive") return std::make_unique<predictive_policy>(options.rule, options.prediction, trace);
  return std::make_unique<fixed_policy>(fixed_rule{
      options.rule.scale_to_zero_delay, options.rule.thresholds.queue_length_max, options.rule.max_instances});
}

} // namespace

int peak_instances(trace_model const& model, duration service, int most)
{
  auto busiest = 0.0;
  for (auto const& one : model.stretches)
    if (one.length > duration(0)) busiest = std::max(busiest, static_cast<double>(one.count) / in_seconds(one.length));
  auto const needed = std::ceil(busiest * in_seconds(service) / always_on_utilisation);
  return static_cast<int>(std::clamp(needed, 1.0, std::max(1.0, static_cast<double>(most))));
}

report study(trace const& trace, costs const& costs, study_options const& options)
{
  auto made_report = report();
  made_report.trace = &trace;
  made_report.costs = costs;
  made_report.seed = options.seed;
  made_report.plain_delay = in_seconds(options.rule.scale_to_zero_delay);
  made_report.max_instances = options.rule.max_instances;
  set_always_on(made_report);
  for (auto const& name : options.policies) {
    auto run = run_options();
    run.seed = options.seed;
    run.cores = options.cores;
    if (options.progress) run.progress = [&](double share) { options.progress(name, share); };
    auto const acting = made(name, trace, options);
    auto made_result = policy_result{name, replay(trace, costs, *acting, run), {}, {}, {}};
    if (auto* const forecasting = dynamic_cast<predictive_policy*>(acting.get())) {
      made_result.forecasts = forecasting->forecasts(trace.end);
      made_result.late_forecasts = forecasting->late_forecasts();
    }
    made_report.policies.push_back(std::move(made_result));
  }
  return made_report;
}

} // namespace pilotlight::simulate
