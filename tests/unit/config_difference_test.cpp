#include "proxy/config/difference.hpp"
#include "proxy/config/load.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

settings read(std::string_view text)
{
  auto const loaded =
      read_settings(text, "p.toml", {}, [](std::string const&) { return std::optional<std::string>(); });
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().sentence);
  return *loaded;
}

std::string only_change(std::string_view text)
{
  auto const changes = difference(settings(), read(text));
  REQUIRE(changes.size() == 1);
  return sentence(changes[0]);
}

} // namespace

TEST_CASE("difference: equal settings have none, whatever their file and warnings")
{
  auto other = settings();
  other.file = "p.toml";
  other.warnings = {"w"};
  CHECK(difference(settings(), other).empty());
}

TEST_CASE("difference: a change has its key, both values as TOML, and when it holds")
{
  CHECK(only_change("[autoscaling]\ntick = 2") == "autoscaling.tick: 1.0 -> 2.0, takes effect now");
  CHECK(only_change("[autoscaling]\nenabled = false") == "autoscaling.enabled: true -> false, takes effect now");
  CHECK(only_change("[listen]\nhttp = \"[::1]:80\"") ==
        "listen.http: \"127.0.0.1:8080\" -> \"[::1]:80\", needs a restart");
  CHECK(only_change("[worker]\nreply_arena = 1048576") ==
        "worker.reply_arena: \"64 MiB\" -> \"1 MiB\", needs a restart");
  CHECK(only_change("[log]\nmax_bytes = 4097") == "log.max_bytes: \"10 MiB\" -> 4097, needs a restart");
  CHECK(only_change("[log]\nfile = \"a\\\"\\\\\\n\"") == "log.file: \"\" -> \"a\\\"\\\\\\u000a\", needs a restart");
  CHECK(only_change("[log]\nlevel = \"warn\"") == "log.level: \"info\" -> \"warn\", takes effect now");
  CHECK(only_change("[balancing]\nweights = [1, 0.5]") == "balancing.weights: [] -> [1.0, 0.5], takes effect now");
  CHECK(only_change("[batching]\nbatch_delay_max = 0.0005") ==
        "batching.batch_delay_max: 0.005 -> 0.0005, takes effect now");
  CHECK(only_change("[autoscaling.zero_scaling]\nrest_at = \"zygote\"") ==
        "autoscaling.zero_scaling.rest_at: \"zero\" -> \"zygote\", takes effect now");
  CHECK(only_change("[autoscaling.model_loader]\nload_balancing_strategy = \"geographic\"") ==
        "autoscaling.model_loader.load_balancing_strategy: \"least_connections\" -> \"geographic\", takes effect now");
}

TEST_CASE("difference: a list of tables is one change")
{
  CHECK(only_change("[[balancing.zones]]\nname = \"a\"\ncidrs = [\"10.0.0.0/8\"]\n[[balancing.zones]]\nname = \"b\"") ==
        "balancing.zones: [] -> [{name = \"a\", cidrs = [\"10.0.0.0/8\"]}, {name = \"b\", cidrs = []}], takes effect "
        "now");
  auto const before = read("[[autoscaling.schedules]]\nwhen = \"Sun 01:00-02:00\"");
  CHECK(difference(before, before).empty());
  auto const changes = difference(before, settings());
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].before ==
        "[{model = \"\", when = \"Sun 01:00-02:00\", duration = 3600.0, min_instances = 1, utc_offset = \"+00:00\"}]");
  CHECK(changes[0].after == "[]");
}

TEST_CASE("difference: what it tells can be read back and gives the same settings")
{
  auto const wanted = read(R"([listen]
http = "[::1]:1"
header_timeout = 0.001
[log]
file = "a\"b\\c\u00e4\u0001"
level = "debug"
max_bytes = 12345
[worker]
device = "cuda:1"
[balancing]
weights = [0.25, 3]
instance_zones = ["a", "a"]
[[balancing.zones]]
name = "a"
cidrs = ["fd00::/8"]
[[autoscaling.schedules]]
model = "m"
when = "0 8 * * 1-5"
[autoscaling.resources]
memory = "3 GiB"
[autoscaling.thresholds]
cpu_scale_up = 66.6)");
  auto text = std::string();
  auto overrides = std::vector<std::string>();
  for (auto const& one : difference(settings(), wanted))
    overrides.push_back(one.name + "=" + one.after);
  CHECK(overrides.size() == 12);
  auto const again =
      read_settings("", "p.toml", overrides, [](std::string const&) { return std::optional<std::string>(); });
  REQUIRE_MESSAGE(again.has_value(), again.error().sentence);
  CHECK(*again == wanted);
}

TEST_CASE("difference: what needs a restart stays as it runs, all else is taken, and nothing contradicts itself then")
{
  auto const running = read("[listen]\nhttp = \"127.0.0.1:1\"\n[hold]\nmax_bytes = \"1 GiB\"");
  auto const wanted = read("[listen]\nmax_body_bytes = \"1 KiB\"\n[hold]\nmax_bytes = \"1 MiB\"\nmax_requests = 5\n"
                           "[[balancing.zones]]\nname = \"z\"");
  auto const mixed = without_restart(wanted, running);
  CHECK(mixed.hold.max_bytes == std::size_t{1} << 30);
  CHECK(mixed.listen.max_body_bytes == std::size_t{64} << 20);
  CHECK(mixed.listen.http.port == 1);
  CHECK(mixed.hold.max_requests == 5);
  CHECK(mixed.balancing.zones.size() == 1);
  for (auto const& one : difference(running, mixed))
    CHECK(one.takes == effect::now);
  for (auto const& one : difference(mixed, wanted))
    CHECK(one.takes == effect::restart);
}

TEST_CASE("difference: of a model's limits")
{
  auto other = model_limits();
  other.priority = 7;
  auto const changes = difference(model_limits(), other);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0] == change{"autoscaling.model_loader.priority", "0", "7", effect::now});
}
