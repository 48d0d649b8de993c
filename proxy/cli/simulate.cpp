#include "proxy/cli/simulate.hpp"
#include "proxy/cli/admin_port.hpp"
#include "proxy/cli/fetch.hpp"
#include "proxy/cli/measured_costs.hpp"
#include "proxy/cli/progress_line.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/policy_of.hpp"
#include "proxy/repository/scan.hpp"
#include "proxy/simulate/read_trace.hpp"
#include "proxy/simulate/report_json.hpp"
#include "proxy/simulate/report_page.hpp"
#include "proxy/simulate/report_table.hpp"
#include "proxy/simulate/study.hpp"
#include "proxy/simulate/trace_time.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>

namespace pilotlight::cli {
namespace {

result<std::vector<std::string>> policies_of(simulate_command const& asked)
{
  auto const& known = simulate::policy_names;
  auto chosen = std::vector<std::string>();
  for (auto const& name : known)
    for (auto const& wanted : asked.policies)
      if (wanted == name || wanted == "all") {
        chosen.emplace_back(name);
        break;
      }
  for (auto const& wanted : asked.policies)
    if (wanted != "all" && std::find(std::begin(known), std::end(known), wanted) == std::end(known))
      return failure{fault::bad_request, "the policy '" + wanted +
                                             "' is not known; allowed are fixed, reactive, predictive, clairvoyant "
                                             "and all"};
  return chosen;
}

/// As measured, or of a profile.
result<simulate::costs> known_costs(simulate_command const& asked)
{
  if (!asked.measured) return simulate::profile(asked.profile);
  auto const port = admin_port(asked.admin, asked.source);
  if (!port) return port.error();
  auto const answer = fetch(*port, "/v1/models");
  if (!answer) return answer.error();
  return measured_costs(*answer, *asked.measured);
}

result<simulate::costs> costs_of(simulate_command const& asked)
{
  auto costs = known_costs(asked);
  if (!costs) return costs;
  if (asked.service_ms) {
    auto const given = simulate::parse_number(*asked.service_ms);
    if (!given || *given < 0.001 || *given > 3.6e6)
      return failure{fault::bad_request,
                     "--service-ms is '" + *asked.service_ms + "'; allowed are milliseconds from 0.001 to 3600000"};
    costs->service = decide::duration(std::llround(*given * 1e3));
  }
  if (auto const set = simulate::set_starts(*costs, asked.start_ms); !set) return set.error();
  if (auto const set = simulate::set_memory(*costs, asked.memory_mib); !set) return set.error();
  return costs;
}

/// Models of the trace that are in the repository too have what their model.toml says, and schedules that name them.
result<model_limits> limits_of(std::string const& model, settings const& from)
{
  if (!is_model_name(model)) return from.limits;
  auto warnings = std::vector<std::string>(); // about keys that mean nothing here
  auto const read = toml_in(std::filesystem::path(from.repository) / model, from, warnings);
  if (!read) return read.error();
  return read->limits;
}

result<simulate::study_options> options_of(simulate_command const& asked, settings const& from,
                                           simulate::trace const& trace)
{
  auto options = simulate::study_options();
  options.rule = config::policy_of(from.limits, from.schedules, {});
  options.prediction = config::predictor_of(from.limits);
  for (auto const& model : trace.models) {
    auto const limits = limits_of(model.name, from);
    if (!limits) return limits.error();
    options.own[model.name] = {config::policy_of(*limits, from.schedules, model.name), config::predictor_of(*limits)};
  }
  options.seed = asked.seed;
  options.cores = std::max(8.0, 2.0 * from.limits.max_instances);
  return options;
}

result<void> save(std::string const& file, std::string const& text)
{
  auto to = std::ofstream(file, std::ios::binary | std::ios::trunc);
  to << text;
  to.close();
  if (!to) return failure{fault::bad_request, "--html: '" + file + "' cannot be written"};
  return {};
}

result<std::string> simulated(simulate_command const& asked, std::ostream& err)
{
  auto const policies = policies_of(asked);
  if (!policies) return policies.error();
  auto const costs = costs_of(asked);
  if (!costs) return costs.error();
  auto const loaded = load_settings(asked.source.file, asked.source.overrides);
  if (!loaded) return loaded.error();
  auto const trace = simulate::read_trace(asked.trace);
  if (!trace) return trace.error();

  auto options = options_of(asked, *loaded, *trace);
  if (!options) return options.error();
  options->policies = *policies;
  auto line = progress_line(err);
  options->progress = [&](std::string_view policy, double share) { line.show(policy, share); };
  auto const report = simulate::study(*trace, *costs, *options);
  line.clear();
  if (asked.html)
    if (auto const saved = save(*asked.html, simulate::shown_page(report)); !saved) return saved.error();
  return asked.json ? simulate::shown_json(report) : simulate::shown_table(report);
}

} // namespace

int simulate(simulate_command const& asked, std::ostream& out, std::ostream& err)
{
  auto const text = simulated(asked, err);
  if (!text) {
    err << text.error().sentence << '\n';
    return 1;
  }
  out << *text;
  return 0;
}

} // namespace pilotlight::cli
