// What is this program asked to do? Pure: nothing is printed, opened or checked against the disk here.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace pilotlight::cli {

/// Where a verb takes its settings from.
struct settings_source
{
  std::optional<std::string> file;    ///< --config
  std::vector<std::string> overrides; ///< --set, "key=value" each
};

struct serve_command
{
  settings_source source;
  std::optional<std::string> ready_file; ///< written with the ports in use once the proxy takes requests
};

struct check_config_command
{
  settings_source source;
};

struct status_command
{
  settings_source source;
  std::optional<std::string> admin; ///< "host:port" instead of the one in the settings
  bool json = false;
};

struct simulate_command
{
  settings_source source;
  std::string trace;
  std::vector<std::string> policies{"all"};
  std::string profile = "minilm";
  std::optional<std::string> measured; ///< costs as a running proxy has measured them of this model, not the profile's
  std::optional<std::string> admin;    ///< of that proxy
  std::optional<std::string> service_ms; ///< of one request
  std::vector<std::string> start_ms;     ///< "zero=420", one rung each
  std::vector<std::string> memory_mib;   ///< "instance=140", one rung each
  std::uint64_t seed = 1;
  bool json = false;
  std::optional<std::string> html; ///< a page with plots is written there
};

struct explain_command
{
  settings_source source;
  std::optional<std::string> admin;
  std::string model; ///< NAME or NAME:VERSION
  int limit = 20;
  bool json = false;
  bool follow = false;
};

struct version_command
{
};

/// Nothing to do but to print: help that was asked for (exit code 0, to stdout), or what is wrong with the command line
/// (exit code 2, to stderr).
struct told
{
  int exit_code = 0;
  std::string text;
};

using command = std::variant<told, serve_command, check_config_command, status_command, explain_command,
                             simulate_command, version_command>;

/// `arguments` are those after the program's name.
command parse_command_line(std::span<std::string const> arguments);

} // namespace pilotlight::cli
