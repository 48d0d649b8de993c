#include "proxy/config/reload.hpp"
#include "proxy/config/doubts.hpp"
#include "proxy/config/fit.hpp"
#include "proxy/config/load.hpp"
#include "proxy/repository/fits_file.hpp"
#include "proxy/repository/scan.hpp"
#include "shared/cpu_quota.hpp"

#include <algorithm>
#include <boost/pfr.hpp>
#include <concepts>
#include <map>
#include <utility>

namespace pilotlight::config {
namespace {

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;

/// Plain structs without an == of their own, compared member by member, whatever members they have.
template <class T>
bool same(T const& a, T const& b)
{
  if constexpr (is_vector<T>) {
    return std::ranges::equal(a, b, [](auto const& x, auto const& y) { return same(x, y); });
  } else if constexpr (std::equality_comparable<T>) {
    return a == b;
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (same(boost::pfr::get<I>(a), boost::pfr::get<I>(b)) && ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
  }
}

/// Everything in a model.toml but the limits: what the processes of a model were started with.
bool same_but_for_limits(model_toml const& a, model_toml b)
{
  b.limits = a.limits;
  return same(a, b);
}

std::vector<change> own_changes(model_spec const& before, model_spec const& now, std::span<change const> node)
{
  auto changes = difference(before.toml.limits, now.toml.limits);
  std::erase_if(changes, [&](change const& one) { return std::ranges::find(node, one) != node.end(); });
  return changes;
}

/// Nothing when it is as it was.
std::optional<model_change> compare_one(model_spec const& before, model_spec const& now, std::span<change const> node)
{
  using enum model_change::kind;
  auto told = model_change{limits, &now, now.key, {}, {}};
  auto bad = now.error;
  if (bad.empty() && before.checksum == now.checksum) bad = misfit_of(now, before.description);
  if (!bad.empty()) {
    if (bad == before.error) return std::nullopt;
    told.what = refused;
    told.reason = std::move(bad);
    return told;
  }
  told.changes = own_changes(before, now, node);
  auto const other = !before.error.empty() || !same_but_for_limits(before.toml, now.toml);
  if (other || before.checksum != now.checksum) {
    told.what = anew;
    told.reason = other ? "its model.toml has changed" : "its model file has changed";
  } else if (before.toml.limits == now.toml.limits) {
    return std::nullopt;
  }
  return told;
}

} // namespace

result<reload_outcome> reload(std::optional<std::filesystem::path> const& given, std::span<std::string const> overrides,
                              settings const& running)
{
  auto const file = running.file.empty() ? given : std::optional<std::filesystem::path>(running.file);
  auto wanted = load_settings(file, overrides);
  if (!wanted) return wanted.error();
  auto outcome = reload_outcome();
  outcome.changes = difference(running, *wanted);
  outcome.running = without_restart(std::move(*wanted), running);
  auto found = scan(outcome.running);
  if (!found) return found.error();
  outcome.models = std::move(*found);
  outcome.told = outcome.running.warnings;
  outcome.told.insert(outcome.told.end(), outcome.models.warnings.begin(), outcome.models.warnings.end());
  auto const cores = usable_cpus();
  for (auto& doubt : doubts(outcome.running, cores))
    outcome.told.push_back(std::move(doubt));
  for (auto& misfit : misfits(outcome.running, outcome.models, cores))
    outcome.told.push_back(std::move(misfit));
  return outcome;
}

std::vector<model_change> compare(std::span<model_spec const* const> before, repository_contents const& now,
                                  std::span<change const> node)
{
  using enum model_change::kind;
  auto served = std::map<std::string_view, model_spec const*>();
  for (auto const* one : before)
    served[one->key] = one;
  auto changes = std::vector<model_change>();
  for (auto const& one : now.models) {
    auto const was = served.find(one.key);
    if (was == served.end()) {
      changes.push_back({added, &one, one.key, {}, {}});
    } else {
      if (auto told = compare_one(*was->second, one, node)) changes.push_back(std::move(*told));
      served.erase(was);
    }
  }
  for (auto const& [key, gone] : served)
    changes.push_back({removed, nullptr, std::string(key), {}, {}});
  return changes;
}

std::vector<std::string> sentences(model_change const& one)
{
  using enum model_change::kind;
  auto told = std::vector<std::string>();
  for (auto const& each : one.changes)
    told.push_back(one.key + ": " + sentence(each));
  switch (one.what) {
  case added: told.push_back(one.key + ": is new in the repository"); break;
  case limits: break;
  case anew: told.push_back(one.key + ": " + one.reason + ", it is loaded again"); break;
  case refused: told.push_back(one.key + ": stays as it is: " + one.reason); break;
  case removed: told.push_back(one.key + ": is not in the repository any more"); break;
  }
  return told;
}

std::vector<std::filesystem::path> watched_files(settings const& running, repository_contents const& repository)
{
  auto files = std::vector<std::filesystem::path>();
  if (!running.file.empty())
    files.emplace_back(running.file);
  else
    files.assign(std::begin(usual_config_files), std::end(usual_config_files));
  auto last = std::string_view();
  for (auto const& one : repository.models) // by name: its versions follow each other
    if (std::exchange(last, one.name) != one.name)
      files.push_back(std::filesystem::path(running.repository) / one.name / "model.toml");
  return files;
}

} // namespace pilotlight::config
