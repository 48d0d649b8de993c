#include "proxy/simulate/study.hpp"
#include "proxy/simulate/clairvoyant_policy.hpp"
#include "proxy/simulate/compare.hpp"
#include "proxy/simulate/fixed_policy.hpp"
#include "proxy/simulate/predictive_policy.hpp"

#include <algorithm>
#include <cmath>
#include <map>
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

std::unique_ptr<policy> made(std::string const& name, trace const& trace, costs const& costs,
                             study_options const& options, duration p99)
{
  auto rules = std::vector<decide::model_policy>();
  auto predictions = std::vector<predict::predictor_settings>();
  auto plain = std::vector<fixed_rule>();
  for (auto const& model : trace.models) {
    auto const own = options.own.find(model.name);
    auto const& rule = own != options.own.end() ? own->second.rule : options.rule;
    rules.push_back(rule);
    predictions.push_back(own != options.own.end() ? own->second.prediction : options.prediction);
    plain.push_back({rule.scale_to_zero_delay, rule.thresholds.queue_length_max, rule.max_instances});
  }
  if (name == "reactive") return std::make_unique<reactive_policy>(std::move(rules));
  if (name == "predictive") return std::make_unique<predictive_policy>(std::move(rules), predictions, trace);
  if (name == "clairvoyant") {
    auto const schedule = fullest_schedule(trace, costs, options.rule.max_instances, p99, options.seed);
    return std::make_unique<clairvoyant_policy>(trace, costs, schedule, options.seed);
  }
  return std::make_unique<fixed_policy>(std::move(plain));
}

/// Of the last policy that does not know the trace; what the clairvoyant has to keep to.
duration p99_wait(std::vector<policy_result> const& of)
{
  return of.empty() ? duration(0) : of.back().ran.total.waits.quantile(0.99);
}

policy_result replayed(std::string const& name, trace const& trace, costs const& costs, study_options const& options,
                       duration p99)
{
  auto run = run_options();
  run.seed = options.seed;
  run.cores = options.cores;
  if (options.progress) run.progress = [&](double share) { options.progress(name, share); };
  auto const acting = made(name, trace, costs, options, p99);
  auto done = policy_result{name, replay(trace, costs, *acting, run), {}, {}, {}, {}};
  if (auto* const forecasting = dynamic_cast<predictive_policy*>(acting.get())) {
    done.forecasts = forecasting->forecasts(trace.end);
    done.late_forecasts = forecasting->late_forecasts();
  }
  return done;
}

/// Where one instance a model is enough, delays are the question; else the number of instances.
void compare_all(report& into, study_options const& options)
{
  auto const& trace = *into.trace;
  auto const several = into.always_on_instances > static_cast<int>(trace.models.size());
  auto const sessions = several ? std::vector<session>() : sessions_of(trace, into.costs, options.seed);
  auto known = std::map<duration, double>(); // by p99: policies often have the same
  for (auto& one : into.policies) {
    if (several) {
      auto const p99 = one.ran.total.waits.quantile(0.99);
      if (!known.contains(p99)) {
        auto const schedule = fullest_schedule(trace, into.costs, into.max_instances, p99, options.seed);
        known[p99] = utilisation(trace, schedule);
      }
      one.schedule_utilisation = known[p99];
    } else if (one.name != "clairvoyant") {
      one.compared =
          compare(one.ran.total, sessions, into.costs, options.rule.scale_to_zero_delay, trace.end - trace.begin);
    }
  }
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
  for (auto const& name : options.policies)
    made_report.policies.push_back(replayed(name, trace, costs, options, p99_wait(made_report.policies)));
  compare_all(made_report, options);
  return made_report;
}

} // namespace pilotlight::simulate
