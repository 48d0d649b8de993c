// Which settings hold? Defaults, then the file, then --set, each value checked, and the whole too. Reads a file and the
// environment; called at start-up and for each reload.
#pragma once
#include "proxy/config/expand.hpp"
#include "proxy/config/settings.hpp"
#include "shared/failure.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight {

/// Where a file is looked for that nobody has named, in this order.
inline constexpr char const* usual_config_files[] = {"pilotlight.toml", "/etc/pilotlight/pilotlight.toml"};

/// The file in effect: `given`, else the first of the usual ones that exists.
std::optional<std::filesystem::path> find_config_file(std::optional<std::filesystem::path> const& given);

/// Settings of the file in effect with `overrides` ("key=value") on top. `cache_directory` and `history.file` are
/// resolved.
/// Failure: up to 20 lines "FILE:LINE: what is wrong; what is allowed".
result<settings> load_settings(std::optional<std::filesystem::path> const& given,
                               std::span<std::string const> overrides);

/// The pure part: settings of this text, named `source` in sentences.
result<settings> read_settings(std::string_view text, std::string_view source, std::span<std::string const> overrides,
                               config::environment const& variables);

/// `given`, or where the environment wants caches. Failure: none of the variables is set.
result<std::string> resolve_cache_directory(std::string const& given, config::environment const& variables);

/// `given`, else history.sqlite in $STATE_DIRECTORY, else in the cache directory.
std::string resolve_history_file(std::string const& given, std::string const& cache_directory,
                                 config::environment const& variables);

} // namespace pilotlight
