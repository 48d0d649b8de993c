#include "proxy/cli/command_line.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::cli;

namespace {

command parse(std::vector<std::string> const& arguments)
{
  return parse_command_line(arguments);
}

} // namespace

TEST_SUITE("simulate: command line")
{
  TEST_CASE("only the trace must be told; all policies are replayed")
  {
    auto const asked = parse({"simulate", "--trace", "calls.csv"});
    auto const* found = std::get_if<simulate_command>(&asked);
    REQUIRE(found);
    CHECK(found->trace == "calls.csv");
    CHECK(found->policies == std::vector<std::string>{"all"});
    CHECK(found->profile == "minilm");
    CHECK(found->seed == 1);
    CHECK_FALSE(found->json);
    CHECK_FALSE(found->html);
  }

  TEST_CASE("each option takes one value each time it is given")
  {
    auto const asked = parse(
        {"simulate", "--policy",   "fixed",    "--policy",     "reactive",    "--trace", "a.csv",        "--start-ms",
         "zero=1",   "--start-ms", "zygote=0", "--memory-mib", "instance=20", "--set",   "hold.x=1",     "--seed",
         "9",        "--json",     "--html",   "a.html",       "--profile",   "mlp",     "--service-ms", "0.5"});
    auto const* found = std::get_if<simulate_command>(&asked);
    REQUIRE(found);
    CHECK(found->policies == std::vector<std::string>{"fixed", "reactive"});
    CHECK(found->start_ms == std::vector<std::string>{"zero=1", "zygote=0"});
    CHECK(found->memory_mib == std::vector<std::string>{"instance=20"});
    CHECK(found->source.overrides == std::vector<std::string>{"hold.x=1"});
    CHECK(found->seed == 9);
    CHECK(found->json);
    CHECK(found->html == "a.html");
    CHECK(found->service_ms == "0.5");
  }

  TEST_CASE("without a trace, or with a bad seed, it is told what is wrong; help has examples")
  {
    auto const none = std::get<told>(parse({"simulate"}));
    CHECK(none.exit_code == 2);
    CHECK(none.text.find("--trace is required") != std::string::npos);
    auto const asked = parse({"simulate", "--help"});
    CHECK(std::get<told>(asked).exit_code == 0);
    CHECK(std::get<told>(asked).text.find("pilotlight simulate --trace calls.csv") != std::string::npos);
    for (auto const* bad : {"-1", "abc", "1.5", "18446744073709551616", ""}) {
      auto const wrong = std::get<told>(parse({"simulate", "--trace", "a", std::string("--seed=") + bad}));
      CHECK(wrong.exit_code == 2);
      if (*bad)
        CHECK_MESSAGE(wrong.text.starts_with("--seed: is '" + std::string(bad) +
                                             "'; allowed is an integer from 0 to 18446744073709551615\n"),
                      wrong.text);
    }
    auto const largest = parse({"simulate", "--trace", "a", "--seed", "18446744073709551615"});
    CHECK(std::get<simulate_command>(largest).seed == UINT64_MAX);
  }
}
