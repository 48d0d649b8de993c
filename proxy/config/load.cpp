#include "proxy/config/load.hpp"
#include "proxy/config/apply.hpp"
#include "proxy/config/read_file.hpp"

namespace pilotlight {

std::optional<std::filesystem::path> find_config_file(std::optional<std::filesystem::path> const& given)
{
  if (given) return given;
  for (auto const* usual : usual_config_files) {
    auto ignored = std::error_code();
    if (std::filesystem::exists(usual, ignored)) return usual;
  }
  return std::nullopt;
}

result<settings> load_settings(std::optional<std::filesystem::path> const& given,
                               std::span<std::string const> overrides)
{
  constexpr std::size_t largest_file = std::size_t{1} << 20;
  auto const file = find_config_file(given);
  auto text = result<std::string>(std::string());
  if (file) text = config::read_file(*file, largest_file);
  if (!text) return text.error();
  auto const variables = config::process_environment();
  auto loaded = read_settings(*text, file ? file->string() : "defaults", overrides, variables);
  if (!loaded) return loaded.error();
  if (file) loaded->file = file->string();
  auto directory = resolve_cache_directory(loaded->cache_directory, variables);
  if (!directory) return directory.error();
  loaded->cache_directory = std::move(*directory);
  loaded->history.file = resolve_history_file(loaded->history.file, loaded->cache_directory, variables);
  return loaded;
}

result<settings> read_settings(std::string_view text, std::string_view source, std::span<std::string const> overrides,
                               config::environment const& variables)
{
  auto into = config::reading();
  auto const entries = config::parse_document(text, source);
  if (!entries) return entries.error();
  config::apply(*entries, config::document_kind::proxy, variables, into);
  for (auto const& one : overrides) {
    auto const set = config::parse_override(one);
    if (set)
      config::apply(*set, config::document_kind::proxy, variables, into);
    else
      into.problems.push_back(set.error().sentence);
  }
  config::find_contradictions(into);
  if (!into.problems.empty()) return config::to_failure(into.problems);
  return std::move(into.values);
}

result<std::string> resolve_cache_directory(std::string const& given, config::environment const& variables)
{
  if (!given.empty()) return given;
  // systemd gives a list when a unit has several; the first is ours.
  if (auto const list = variables("CACHE_DIRECTORY"); list && !list->empty()) return list->substr(0, list->find(':'));
  if (auto const caches = variables("XDG_CACHE_HOME"); caches && caches->starts_with('/'))
    return *caches + "/pilotlight";
  if (auto const home = variables("HOME"); home && home->starts_with('/')) return *home + "/.cache/pilotlight";
  return failure{fault::bad_request,
                 "'cache.directory' is empty, and none of the environment variables CACHE_DIRECTORY, "
                 "XDG_CACHE_HOME and HOME is set; set one of the four"};
}

std::string resolve_history_file(std::string const& given, std::string const& cache_directory,
                                 config::environment const& variables)
{
  if (!given.empty()) return given;
  if (auto const list = variables("STATE_DIRECTORY"); list && !list->empty())
    return list->substr(0, list->find(':')) + "/history.sqlite";
  return cache_directory + "/history.sqlite";
}

} // namespace pilotlight
