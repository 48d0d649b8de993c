#include "proxy/cli/command_line.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::cli;

namespace {

command parse(std::vector<std::string> arguments)
{
  return parse_command_line(arguments);
}

told refused(std::vector<std::string> arguments)
{
  auto const parsed = parse(std::move(arguments));
  REQUIRE(std::holds_alternative<told>(parsed));
  return std::get<told>(parsed);
}

} // namespace

TEST_CASE("cli: serve takes its options in any order")
{
  auto const parsed = parse(
      {"serve", "--set", "log.level=debug", "--config", "a.toml", "--set=hold.max_wait=1", "--ready-file", "/tmp/r"});
  REQUIRE(std::holds_alternative<serve_command>(parsed));
  auto const& serve = std::get<serve_command>(parsed);
  CHECK(serve.source.file == "a.toml");
  CHECK(serve.source.overrides == std::vector<std::string>{"log.level=debug", "hold.max_wait=1"});
  CHECK(serve.ready_file == "/tmp/r");
}

TEST_CASE("cli: a --set value is kept as it is")
{
  auto const parsed =
      parse({"serve", "--set", "listen.http=[::1]:0", "--set", "a=\"b, c\"", "--set", "k=[\"x\",\"y\"]"});
  REQUIRE(std::holds_alternative<serve_command>(parsed));
  CHECK(std::get<serve_command>(parsed).source.overrides ==
        std::vector<std::string>{"listen.http=[::1]:0", "a=\"b, c\"", "k=[\"x\",\"y\"]"});
}

TEST_CASE("cli: the other verbs")
{
  auto const check = parse({"check-config", "--config", "x"});
  REQUIRE(std::holds_alternative<check_config_command>(check));
  CHECK(std::get<check_config_command>(check).source.file == "x");
  auto const status = parse({"status", "--json", "--admin", "h:1"});
  REQUIRE(std::holds_alternative<status_command>(status));
  CHECK(std::get<status_command>(status).json);
  CHECK(std::get<status_command>(status).admin == "h:1");
  CHECK(std::holds_alternative<version_command>(parse({"version"})));
  CHECK(std::holds_alternative<version_command>(parse({"--version"})));
}

TEST_CASE("cli: explain wants a model, and a limit that makes sense")
{
  auto const explain = parse({"explain", "minilm:1", "--follow", "--limit", "5", "--admin", "h:1"});
  REQUIRE(std::holds_alternative<explain_command>(explain));
  CHECK(std::get<explain_command>(explain).model == "minilm:1");
  CHECK(std::get<explain_command>(explain).follow);
  CHECK(std::get<explain_command>(explain).limit == 5);
  CHECK_FALSE(std::get<explain_command>(explain).json);
  CHECK(refused({"explain"}).exit_code == 2);
  for (auto const* bad : {"0", "10001", "-1", "many"})
    CHECK(refused({"explain", "m", "--limit", bad}).exit_code == 2);
}

TEST_CASE("cli: help names the verbs with examples, and each verb has its own")
{
  auto const help = refused({"-h"});
  CHECK(help.exit_code == 0);
  for (auto const* word : {"serve", "check-config", "status", "version", "Examples:"})
    CHECK_MESSAGE(help.text.find(word) != std::string::npos, word);
  for (auto const* verb : {"serve", "check-config", "status", "explain", "version"}) {
    auto const own = refused({verb, "--help"});
    CHECK(own.exit_code == 0);
    CHECK_MESSAGE(own.text.find(verb) != std::string::npos, own.text);
  }
  CHECK(refused({"serve", "--help"}).text.find("--ready-file PATH") != std::string::npos);
  CHECK(refused({"serve", "--help"}).text.find("--set KEY=VALUE") != std::string::npos);
}

TEST_CASE("cli: an unknown verb is named, and the known ones beside it")
{
  CHECK(refused({"nosuch"}).text == "'nosuch' is no verb of pilotlight; the verbs are serve, check-config, status, "
                                    "simulate, explain, version\n");
  CHECK(refused({"nosuch"}).exit_code == 2);
  CHECK(refused({"--nosuch", "serve"}).text.starts_with("'--nosuch' is no option before the verb of pilotlight; the "));
}

TEST_CASE("cli: a bad command line is told and ends with 2")
{
  for (auto const& bad : std::vector<std::vector<std::string>>{{},
                                                               {"start"},
                                                               {"serve", "--cofnig", "x"},
                                                               {"serve", "--config"},
                                                               {"serve", "extra"},
                                                               {"serve", "status"},
                                                               {"version", "--set", "a=b"},
                                                               {"status", "--set"}}) {
    auto const wrong = refused(bad);
    CHECK(wrong.exit_code == 2);
    CHECK(!wrong.text.empty());
  }
}
