#include "proxy/config/load.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>

using namespace pilotlight;
using std::chrono::milliseconds;

namespace {

std::optional<std::string> variable(std::string const& name)
{
  if (name == "HOME_OF_MODELS") return "/srv/models";
  if (name == "NESTED") return "${HOME_OF_MODELS}";
  return std::nullopt;
}

result<settings> read(std::string_view text, std::vector<std::string> overrides = {})
{
  return read_settings(text, "p.toml", overrides, variable);
}

std::string problem(std::string_view text, std::vector<std::string> overrides = {})
{
  auto const loaded = read(text, std::move(overrides));
  return loaded ? "accepted" : loaded.error().sentence;
}

} // namespace

TEST_CASE("config: an empty text gives the defaults")
{
  auto const loaded = read("");
  REQUIRE(loaded.has_value());
  CHECK(*loaded == settings());
}

TEST_CASE("config: values reach their fields")
{
  auto const loaded = read(R"(
[listen]
http = "0.0.0.0:80"
admin = "[::1]:0"
max_body_bytes = "1.5 MiB"
[hold]
max_bytes = 1048576
max_wait = 7
[autoscaling.zero_scaling]
scale_to_zero_delay = 1.5
[autoscaling.model_loader]
max_instances_per_model = 9
[worker]
device = "cuda:1"
spin = true)",
                           {"hold.max_bytes=16777216"});
  REQUIRE(loaded.has_value());
  CHECK(loaded->listen.http == endpoint{"0.0.0.0", 80});
  CHECK(loaded->listen.admin == endpoint{"::1", 0});
  CHECK(loaded->listen.max_body_bytes == 1572864);
  CHECK(loaded->hold.max_bytes == 16777216);
  CHECK(loaded->hold.max_wait == milliseconds(7000));
  CHECK(loaded->limits.scale_to_zero_delay == milliseconds(1500));
  CHECK(loaded->limits.max_instances == 9);
  CHECK(loaded->limits.device == "cuda:1");
  CHECK(loaded->worker.spin);
  CHECK(loaded->warnings.empty());
}

TEST_CASE("config: a duration too short for a millisecond is refused, a short one is rounded up, never to none")
{
  CHECK(problem("[listen]\nrequest_timeout = 0.0004") ==
        "p.toml:2: 'listen.request_timeout' is 0.0004; allowed is a number of seconds from 0.001 to 86400");
  CHECK(read("[worker]\nexecution_timeout = 0.0004")->limits.execution_timeout == milliseconds(1));
  CHECK(read("[worker]\nexecution_timeout = 0")->limits.execution_timeout == milliseconds(0));
}

TEST_CASE("config: each bad value is told with file, line, key and what is allowed")
{
  struct
  {
    char const* text;
    char const* sentence;
  } const cases[] = {
      {"[listen]\nhtpp = 1", "p.toml:2: unknown key 'listen.htpp'; did you mean 'listen.http'?"},
      {"[lisen]\nhttp = 1\nx = 2", "p.toml:1: unknown key 'lisen'; did you mean 'listen'?"},
      {"[hold]\nscale_to_zero_delay = 1", "p.toml:2: unknown key 'hold.scale_to_zero_delay'; did you mean "
                                          "'autoscaling.zero_scaling.scale_to_zero_delay'?"},
      {"[autoscaling.zero_scalling]\nenabled = true",
       "p.toml:1: unknown key 'autoscaling.zero_scalling'; did you mean 'autoscaling.zero_scaling'?"},
      {"zzzzzzzzzzzz = 1", "p.toml:1: unknown key 'zzzzzzzzzzzz'"},
      {"\"listen.http\" = 1", "p.toml:1: unknown key '\"listen.http\"'; did you mean 'listen.http'?"},
      {"listen = 5", "p.toml:1: 'listen' is 5; it is a section, [listen]"},
      {"[[listen]]\nhttp = \"a:1\"", "p.toml:1: 'listen' is one section: write [listen]"},
      {"[listen.http]\nport = 1", "p.toml:1: 'listen.http' is a table; allowed is \"host:port\" such as "
                                  "\"127.0.0.1:8080\" or \"[::1]:8080\", port 0 to 65535"},
      {"[listen]\nhttp = \"::1:80\"", "p.toml:2: 'listen.http' is \"::1:80\"; allowed is \"host:port\" such as "
                                      "\"127.0.0.1:8080\" or \"[::1]:8080\", port 0 to 65535"},
      {"[listen]\nmax_connections = 0",
       "p.toml:2: 'listen.max_connections' is 0; allowed is an integer from 1 to 1000000"},
      {"[listen]\nmax_connections = 1.0",
       "p.toml:2: 'listen.max_connections' is 1.0; allowed is an integer from 1 to 1000000"},
      {"[listen]\nheader_timeout = nan",
       "p.toml:2: 'listen.header_timeout' is nan; allowed is a number of seconds from 0.001 to 86400"},
      {"[listen]\nheader_timeout = inf",
       "p.toml:2: 'listen.header_timeout' is inf; allowed is a number of seconds from 0.001 to 86400"},
      {"[log]\nlevel = \"loud\"",
       "p.toml:2: 'log.level' is \"loud\"; allowed is one of trace, debug, info, warn, error"},
      {"[log]\nlevel = 2020-01-01",
       "p.toml:2: 'log.level' is a date or time; allowed is one of trace, debug, info, warn, error"},
      {"[worker]\nspin = \"yes\"", "p.toml:2: 'worker.spin' is \"yes\"; allowed is true or false"},
      {"[worker]\ndevice = \"gpu\"", "p.toml:2: 'worker.device' is \"gpu\"; allowed is \"cpu\" or \"cuda:N\""},
      {"[worker]\nreply_arena = \"3 MiB\"", "p.toml:2: 'worker.reply_arena' is \"3 MiB\"; allowed is a power of two of "
                                            "bytes from 1 MiB to 64 GiB, as 1048576 or "
                                            "\"1 MiB\""},
      {"[models]\nrepository = \"\"", "p.toml:2: 'models.repository' is \"\"; allowed is a string that is not empty"},
      {"[models]\nrepository = \"${NOT_SET}/x\"",
       "p.toml:2: 'models.repository' uses the environment variable NOT_SET, which is not set"},
      {"[models]\nrepository = \"${oops\"", "p.toml:2: 'models.repository' has a \"${\" that is no ${NAME} of an "
                                            "environment variable; write \"$${\" for the text "
                                            "itself"},
      {"cluster = 1", "p.toml:1: 'cluster' is 1; allowed is a table, [cluster]"},
      {"[autoscaling.alerts.channels]\ntype = \"a\"",
       "p.toml:1: 'autoscaling.alerts.channels' is a list: write [[autoscaling.alerts.channels]]"},
  };
  for (auto const& [text, sentence] : cases)
    CHECK(problem(text) == sentence);
}

TEST_CASE("config: a text that is no TOML is told with line and column")
{
  CHECK(problem("a = 1\n[listen\n").starts_with("p.toml:2:8: "));
  CHECK(problem("a = 1\na = 2").starts_with("p.toml:2:"));
  CHECK(problem("a = \"\xff\"").starts_with("p.toml:1:"));
}

TEST_CASE("config: values that cannot hold together are refused, at the place of one of them")
{
  CHECK(problem("[autoscaling.thresholds]\ncpu_scale_down = 70") ==
        "p.toml:2: 'autoscaling.thresholds.cpu_scale_down' (70.0) must be less than "
        "'autoscaling.thresholds.cpu_scale_up' (70.0)");
  CHECK(problem("[autoscaling.zero_scaling]\nkeep_alive_max = 5") ==
        "p.toml:2: 'autoscaling.zero_scaling.keep_alive_min' (10.0) must not be more than "
        "'autoscaling.zero_scaling.keep_alive_max' (5.0)");
  CHECK(problem("", {"hold.max_bytes=64 MiB"}) ==
        "--set: 'listen.max_body_bytes' (\"64 MiB\") must not be more than half of 'hold.max_bytes' (\"64 MiB\")");
  CHECK(problem("[listen]\nadmin = \"127.0.0.1:8080\"") == "p.toml:2: 'listen.admin' (\"127.0.0.1:8080\") must not be "
                                                           "the same address as 'listen.http' (\"127.0.0.1:8080\")");
  CHECK(read("[listen]\nadmin = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"").has_value());
}

TEST_CASE("config: all problems are told at once, up to 20")
{
  CHECK(problem("[log]\nlevel = 1\nfiles = 0").find("\np.toml:3: 'log.files'") != std::string::npos);
  auto many = std::string("[log]\n");
  for (int i = 0; i < 25; ++i)
    many += "k" + std::to_string(i) + " = 1\n";
  auto const text = problem(many);
  CHECK(std::count(text.begin(), text.end(), '\n') == 20);
  CHECK(text.ends_with("and 5 more problems"));
}

TEST_CASE("config: ${NAME} is the environment's, once, and $${ is the text itself")
{
  CHECK(read("[models]\nrepository = \"${HOME_OF_MODELS}/a\"")->repository == "/srv/models/a");
  CHECK(read("[models]\nrepository = \"${NESTED}\"")->repository == "${HOME_OF_MODELS}");
  CHECK(read("[models]\nrepository = \"$${NESTED}-$x\"")->repository == "${NESTED}-$x");
  CHECK(read("", {"models.repository=${HOME_OF_MODELS}"})->repository == "/srv/models");
}

TEST_CASE("config: --set is stronger than the file and checked like it")
{
  CHECK(read("[log]\nlevel = \"warn\"", {"log.level=debug"})->log.level == "debug");
  CHECK(read("", {"log.level=\"debug\""})->log.level == "debug");
  CHECK(read("", {"log.files=7", "log.files = 8"})->log.files == 8);
  CHECK(read("", {"listen.http=[::1]:90"})->listen.http == endpoint{"::1", 90});
  CHECK(read("", {"models.repository=a=b # c"})->repository == "a=b # c");
  CHECK(read("", {"models.repository=2024-01-01"})->repository == "2024-01-01");
  CHECK(read("", {"log={level=\"error\", files=5}"})->log.files == 5);
  CHECK(problem("", {"log.levle=debug"}) == "--set: unknown key 'log.levle'; did you mean 'log.level'?");
  CHECK(problem("", {"log.files=many"}) == "--set: 'log.files' is \"many\"; allowed is an integer from 1 to 1000");
  CHECK(problem("", {"log.files"}).starts_with("--set: \"log.files\" is not of the form key=value"));
  CHECK(problem("", {"=5"}).starts_with("--set: \"=5\" is not of the form key=value"));
  CHECK(problem("", {"log.level=debug\nfiles=3"}).starts_with("--set: 'log.level' is \"debug\\x0afiles=3\""));
}

TEST_CASE("config: a known key whose feature is not there is accepted with one warning")
{
  auto const loaded = read(R"([autoscaling.zero_scaling]
cold_start_optimization = true
[[autoscaling.alerts.channels]]
type = "webhook"
[[autoscaling.alerts.channels]]
type = "mail"
recipients = ["a"]
[cluster]
peers = ["a", "b"]
[cluster.inner]
anything = 1)",
                           {"autoscaling.zero_scaling.cold_start_optimization=false"});
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->warnings.size() == 4);
  CHECK(
      loaded->warnings[0] ==
      "p.toml:2: 'autoscaling.zero_scaling.cold_start_optimization' is accepted, but its feature is not there yet: it "
      "has no effect");
  CHECK(loaded->warnings[3] ==
        "p.toml:8: 'cluster' is accepted, but its feature is not there yet: nothing in it has an "
        "effect");
}

TEST_CASE("config: each strategy is taken by its name, and no other")
{
  for (auto const* name : {"round_robin", "least_connections", "random", "weighted", "response_time", "resource_based",
                           "predicted", "geographic", "consistent_hash"}) {
    auto const loaded = read("", {std::string("autoscaling.model_loader.load_balancing_strategy=") + name});
    REQUIRE(loaded.has_value());
    CHECK(loaded->load_balancing_strategy == name);
    CHECK(loaded->limits.load_balancing_strategy == name);
    CHECK(loaded->warnings.empty());
  }
  CHECK(problem("", {"autoscaling.model_loader.load_balancing_strategy=fastest"}) ==
        "--set: 'autoscaling.model_loader.load_balancing_strategy' is \"fastest\"; allowed is one of round_robin, "
        "least_connections, random, weighted, response_time, resource_based, predicted, geographic, consistent_hash");
}

TEST_CASE("config: the cache directory comes from the settings, else from the environment")
{
  auto const environment = [](std::map<std::string, std::string> values) {
    return [values = std::move(values)](std::string const& name) {
      auto const found = values.find(name);
      return found == values.end() ? std::optional<std::string>() : found->second;
    };
  };
  CHECK(*resolve_cache_directory("/x", environment({})) == "/x");
  CHECK(*resolve_cache_directory("", environment({{"CACHE_DIRECTORY", "/c/a:/c/b"}, {"HOME", "/h"}})) == "/c/a");
  CHECK(*resolve_cache_directory("", environment({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}})) == "/x/pilotlight");
  CHECK(*resolve_cache_directory("", environment({{"XDG_CACHE_HOME", "relative"}, {"HOME", "/h"}})) ==
        "/h/.cache/pilotlight");
  CHECK(!resolve_cache_directory("", environment({})));
}

TEST_CASE("config: a file that is missing or no file is named")
{
  auto const missing = load_settings("/nonexistent/p.toml", {});
  REQUIRE(!missing);
  CHECK(missing.error().sentence == "/nonexistent/p.toml: No such file or directory");
  CHECK(load_settings("/", {}).error().sentence == "/: not a regular file");
}
