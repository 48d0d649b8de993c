#include "proxy/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <sstream>

namespace pilotlight::cli {
namespace {

constexpr char const* about = "Serves LibTorch models over HTTP; no worker process lives while nobody calls.";
constexpr char const* examples = R"(
Examples:
  pilotlight serve --set models.repository=/srv/models
  pilotlight serve --config /etc/pilotlight/pilotlight.toml
  pilotlight check-config --config pilotlight.toml
  pilotlight status --json
  pilotlight simulate --trace calls.csv --html calls.html
  pilotlight explain minilm --follow

`pilotlight VERB --help` tells the options of a verb.)";

/// One value each time it is given, or a list would swallow what follows.
void add_each(CLI::App& verb, char const* name, std::vector<std::string>& into, char const* about_it, char const* type)
{
  verb.add_option(name, into, about_it)
      ->type_name(type)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_source(CLI::App& verb, settings_source& source)
{
  verb.add_option("--config", source.file,
                  "Settings; without it ./pilotlight.toml, else /etc/pilotlight/pilotlight.toml, else the defaults")
      ->type_name("FILE");
  add_each(verb, "--set", source.overrides,
           "One setting over the file's, as --set listen.http=127.0.0.1:9000; repeatable", "KEY=VALUE");
}

/// Empty, or what is wrong, as CLI11 wants it.
std::string is_seed(std::string const& text)
{
  auto seed = std::uint64_t{0};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return "is '" + text + "'; allowed is an integer from 0 to " + std::to_string(UINT64_MAX);
}

constexpr char const* simulate_examples = R"(
The trace is a CSV file; its header line tells what it holds: single requests (time,model), counts per interval
(interval_start,model,requests or minute,requests), counts of minutes 1,2,3,... in a line for each model, or requests
that ended (func,end_timestamp,duration).

Examples:
  pilotlight simulate --trace calls.csv
  pilotlight simulate --trace calls.csv --policy fixed --policy predictive --json
  pilotlight simulate --trace calls.csv --set autoscaling.zero_scaling.scale_to_zero_delay=60 --html calls.html
  pilotlight simulate --trace site.csv --service-ms 2 --set autoscaling.model_loader.max_instances_per_model=8
  pilotlight simulate --trace calls.csv --measured minilm --admin 127.0.0.1:8081
  pilotlight simulate --trace calls.csv --profile mlp --start-ms zero=300 --memory-mib instance=20)";

CLI::App* add_simulate(CLI::App& app, simulate_command& into)
{
  auto* verb = app.add_subcommand("simulate", "Replay a trace of requests in virtual time and compare the policies");
  verb->footer(simulate_examples);
  verb->add_option("--trace", into.trace, "Requests or counts per interval, as CSV")->type_name("FILE")->required();
  add_source(*verb, into.source);
  add_each(
      *verb, "--policy", into.policies,
      "fixed (scale_to_zero_delay), reactive (the autoscaler), predictive (with forecasts), clairvoyant (knows the "
      "trace) or all; repeatable [all]",
      "NAME");
  verb->add_option("--profile", into.profile, "Measured costs of a model: minilm or mlp [minilm]")->type_name("NAME");
  verb->add_option("--measured", into.measured, "Costs as a running proxy has measured them of this model")
      ->type_name("MODEL");
  verb->add_option("--admin", into.admin, "Admin port to ask for them, instead of the settings' listen.admin")
      ->type_name("HOST:PORT");
  verb->add_option("--service-ms", into.service_ms, "Time of one request on one instance")->type_name("MS");
  add_each(*verb, "--start-ms", into.start_ms,
           "Time to the first answer from a rung, as zero=420, zygote=225, model_zygote=60; repeatable", "RUNG=MS");
  add_each(*verb, "--memory-mib", into.memory_mib,
           "Memory of a rung, as zygote=90 (shared), model_zygote=120, instance=140; repeatable", "RUNG=MIB");
  verb->add_option("--seed", into.seed, "Of the spreading of counts inside their interval [1]")
      ->type_name("N")
      ->check(is_seed);
  verb->add_flag("--json", into.json, "The same figures for machines");
  verb->add_option("--html", into.html, "Write a page with plots, complete in itself")->type_name("FILE");
  return verb;
}

/// CLI11 would speak of an argument that was not expected, and not say what is.
std::optional<told> unknown_word(CLI::App const& app, std::string const& first)
{
  auto known = std::string();
  for (auto const* verb : app.get_subcommands([](CLI::App const*) { return true; })) {
    if (verb->get_name() == first) return std::nullopt;
    known += (known.empty() ? "" : ", ") + verb->get_name();
  }
  if (first == "-h" || first == "--help") return std::nullopt;
  auto const kind = first.starts_with('-') ? "option before the verb" : "verb";
  return told{2, "'" + first + "' is no " + kind + " of pilotlight; the verbs are " + known + "\n"};
}

} // namespace

command parse_command_line(std::span<std::string const> arguments)
{
  auto app = CLI::App(about, "pilotlight");
  app.require_subcommand(1);
  app.footer(examples);

  auto serving = serve_command();
  auto* serve =
      app.add_subcommand("serve", "Run the proxy until SIGTERM (drains, exits 0) or a second SIGINT (at once)");
  add_source(*serve, serving.source);
  serve->add_option("--ready-file", serving.ready_file, "Write the addresses in use here once requests are taken")
      ->type_name("PATH");

  auto checking = check_config_command();
  auto* check =
      app.add_subcommand("check-config", "Check the settings and the models; exit 1 with reasons if either is bad");
  add_source(*check, checking.source);

  auto asking = status_command();
  auto* status = app.add_subcommand("status", "Show models, states, instances and memory of a running proxy");
  add_source(*status, asking.source);
  status->add_option("--admin", asking.admin, "Admin port to ask, instead of the settings' listen.admin")
      ->type_name("HOST:PORT");
  status->add_flag("--json", asking.json, "The proxy's answer as it is");

  auto simulating = simulate_command();
  auto* simulate = add_simulate(app, simulating);
  auto explaining = explain_command();
  auto* explain = app.add_subcommand("explain", "Show what a running proxy decided about a model lately, and why");
  explain->add_option("model", explaining.model, "NAME or NAME:VERSION")->type_name("MODEL")->required();
  add_source(*explain, explaining.source);
  explain->add_option("--admin", explaining.admin, "Admin port to ask, instead of the settings' listen.admin")
      ->type_name("HOST:PORT");
  explain->add_option("--limit", explaining.limit, "So many decisions at most, the newest ones")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  explain->add_flag("--json", explaining.json, "The proxy's answer as it is; with --follow, a decision a line");
  explain->add_flag("--follow", explaining.follow, "Go on with each decision as it is made");

  auto* version = app.add_subcommand("version", "Print the version; so does --version");

  if (!arguments.empty() && arguments.front() == "--version") return version_command{};
  if (!arguments.empty())
    if (auto wrong = unknown_word(app, arguments.front())) return *wrong;
  auto reversed = std::vector<std::string>(arguments.rbegin(), arguments.rend()); // as CLI11 wants them
  try {
    app.parse(reversed);
  } catch (CLI::ParseError const& error) {
    auto out = std::ostringstream();
    auto err = std::ostringstream();
    auto const failed = app.exit(error, out, err) != 0;
    return failed ? told{2, err.str()} : told{0, out.str()};
  }
  if (*serve) return serving;
  if (*check) return checking;
  if (*status) return asking;
  if (*simulate) return simulating;
  if (*explain) return explaining;
  if (*version) return version_command{};
  return told{2, app.help()};
}

} // namespace pilotlight::cli
