#include "proxy/cli/check_config.hpp"
#include "proxy/config/doubts.hpp"
#include "proxy/config/fit.hpp"
#include "proxy/config/load.hpp"
#include "proxy/repository/descriptions.hpp"
#include "proxy/repository/fits_file.hpp"
#include "proxy/repository/scan.hpp"
#include "shared/cpu_quota.hpp"

#include <algorithm>
#include <ostream>

namespace pilotlight::cli {

int check_config(check_config_command const& asked, std::ostream& out, std::ostream& err)
{
  auto const loaded = load_settings(asked.source.file, asked.source.overrides);
  if (!loaded) {
    err << loaded.error().sentence << '\n';
    return 1;
  }
  out << (loaded->file.empty() ? "no file, only defaults" : loaded->file) << ": ok\n";
  for (auto const& warning : loaded->warnings)
    out << "warning: " << warning << '\n';
  auto const cores = usable_cpus();
  for (auto const& doubt : config::doubts(*loaded, cores))
    out << "warning: " << doubt << '\n';

  auto found = scan(*loaded);
  if (!found) {
    err << found.error().sentence << '\n';
    return 1;
  }
  for (auto const& warning : found->warnings)
    out << "warning: " << warning << '\n';
  for (auto const& misfit : config::misfits(*loaded, *found, cores))
    out << "warning: " << misfit << '\n';
  // What was described already, by a run that kept the same cache.
  auto const described = load_descriptions(loaded->cache_directory).known;
  for (auto& model : found->models)
    if (auto const one = described.find(model.checksum); one != described.end() && model.error.empty())
      model.error = misfit_of(model, one->second);
  auto const is_bad = [](model_spec const& model) { return !model.error.empty(); };
  auto const bad = std::count_if(found->models.begin(), found->models.end(), is_bad);
  out << loaded->repository << ": " << found->models.size() << (found->models.size() == 1 ? " model" : " models")
      << ", " << bad << " cannot be served\n";
  for (auto const& model : found->models)
    (is_bad(model) ? err : out) << "  " << summary_line(model) << '\n';
  return bad > 0 ? 1 : 0;
}

std::string summary_line(model_spec const& model)
{
  if (!model.error.empty()) return model.key + "  " + model.error;
  auto line = model.key + "  " + (model.format == model_format::aotinductor ? "aotinductor" : "torchscript") + "  ok";
  if (model.toml.state == state_mode::sequence) line += ", a sequence each";
  auto const runs = model.toml.warmups.size();
  if (runs > 0) line += ", " + std::to_string(runs) + (runs == 1 ? " warm-up run" : " warm-up runs");
  return line;
}

} // namespace pilotlight::cli
