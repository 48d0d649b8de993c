// pilotlight: one binary, several verbs. Reads the command line and the settings, then hands over.
#include "proxy/cli/check_config.hpp"
#include "proxy/cli/command_line.hpp"
#include "proxy/cli/explain.hpp"
#include "proxy/cli/log.hpp"
#include "proxy/cli/simulate.hpp"
#include "proxy/cli/status.hpp"
#include "proxy/config/load.hpp"
#include "proxy/serve.hpp"

#include <iostream>
#include <span>
#include <spdlog/spdlog.h>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace pilotlight;

int run(cli::told const& what)
{
  (what.exit_code == 0 ? std::cout : std::cerr) << what.text;
  return what.exit_code;
}

int run(cli::version_command const&)
{
  std::cout << "pilotlight " PILOTLIGHT_VERSION "\n";
  return 0;
}

int run(cli::check_config_command const& asked)
{
  return cli::check_config(asked, std::cout, std::cerr);
}

int run(cli::status_command const& asked)
{
  return cli::status(asked, std::cout, std::cerr);
}

int run(cli::simulate_command const& asked)
{
  return cli::simulate(asked, std::cout, std::cerr);
}

int run(cli::explain_command const& asked)
{
  return cli::explain(asked, std::cout, std::cerr);
}

int run(cli::serve_command const& asked)
{
  auto const file = asked.source.file ? std::optional<std::filesystem::path>(*asked.source.file) : std::nullopt;
  auto const config = load_settings(file, asked.source.overrides);
  if (!config) {
    std::cerr << config.error().sentence << '\n';
    return 1;
  }
  auto const opened = cli::open_log(config->log);
  if (!opened) {
    std::cerr << opened.error().sentence << '\n';
    return 1;
  }
  spdlog::set_default_logger(opened->logger);
  auto const code = serve(*config, {file, asked.source.overrides}, asked.ready_file);
  spdlog::shutdown();
  return code;
}

} // namespace

int main(int argc, char** argv)
{
  auto const arguments = std::vector<std::string>(argv + 1, argv + argc);
  auto const asked = cli::parse_command_line(arguments);
  return std::visit([](auto const& command) { return run(command); }, asked);
}
