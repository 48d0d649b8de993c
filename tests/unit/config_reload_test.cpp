// config/reload over files in a temporary folder: what is taken, what is refused and in which words.
#include "proxy/cli/check_config.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/reload.hpp"
#include "proxy/repository/scan.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <sstream>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

/// A folder with a configuration and a repository of the models "a" and "b", as a proxy runs with it.
struct running_proxy
{
  temporary_folder folder;
  std::string file = (folder.path() / "p.toml").string();
  std::vector<std::string> overrides{"models.repository=" + (folder.path() / "models").string(),
                                     "cache.directory=" + folder.path().string()};
  settings node;
  repository_contents models;

  explicit running_proxy(std::string_view text, std::string_view model_a = "")
  {
    folder.write("p.toml", text);
    folder.write("models/a/1/model.pt", "file");
    folder.write("models/b/1/model.pt", "file");
    folder.write("models/a/model.toml", model_a);
    auto loaded = load_settings(file, overrides);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().sentence);
    node = std::move(*loaded);
    models = *scan(node);
  }

  result<reload_outcome> reload() const { return config::reload(file, overrides, node); }
  std::string refusal() const
  {
    auto const outcome = reload();
    return outcome ? "accepted" : outcome.error().sentence;
  }
  /// What check-config says on its error stream.
  std::string checked() const
  {
    auto out = std::ostringstream();
    auto err = std::ostringstream();
    CHECK(cli::check_config({{file, overrides}}, out, err) == 1);
    return err.str();
  }
  std::vector<std::string> told(reload_outcome const& outcome) const
  {
    auto served = std::vector<model_spec const*>();
    for (auto const& one : models.models)
      served.push_back(&one);
    auto all = std::vector<std::string>();
    for (auto const& one : compare(served, outcome.models, outcome.changes))
      for (auto& each : sentences(one))
        all.push_back(std::move(each));
    return all;
  }
};

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("reload: nothing changed, nothing told")
{
  auto const proxy = running_proxy("[hold]\nmax_requests = 5");
  auto const outcome = proxy.reload();
  REQUIRE(outcome.has_value());
  CHECK(outcome->running == proxy.node);
  CHECK(outcome->changes.empty());
  CHECK(outcome->told.empty());
  CHECK(proxy.told(*outcome).empty());
}

TEST_CASE("reload: new values are taken, but for those that need a restart, which are told each time")
{
  auto const proxy = running_proxy("[hold]\nmax_requests = 5\nmax_wait = 9");
  proxy.folder.write("p.toml", "[hold]\nmax_requests = 6\nmax_bytes = \"512 MiB\"\n[listen]\nadmin = \"127.0.0.1:1\"");
  auto const outcome = proxy.reload();
  REQUIRE(outcome.has_value());
  auto told = texts();
  for (auto const& one : outcome->changes)
    told.push_back(sentence(one));
  CHECK(told == texts{"listen.admin: \"127.0.0.1:8081\" -> \"127.0.0.1:1\", needs a restart",
                      "hold.max_requests: 5 -> 6, takes effect now",
                      "hold.max_bytes: \"256 MiB\" -> \"512 MiB\", needs a restart",
                      "hold.max_wait: 9.0 -> 60.0, takes effect now"});
  CHECK(outcome->running.hold.max_requests == 6);
  CHECK(outcome->running.hold.max_bytes == std::size_t{256} << 20);
  CHECK(outcome->running.listen.admin == proxy.node.listen.admin);
  auto const again = config::reload(proxy.file, proxy.overrides, outcome->running);
  CHECK(again->changes.size() == 2);
}

TEST_CASE("reload: a bad file is refused in the words of check-config, with file, line and key")
{
  auto const proxy = running_proxy("");
  for (auto const* bad :
       {"[hold]\nmax_requests = 0", "[autoscaling]\ntik = 1", "[autoscaling\n", "a = 1\na = 2",
        "[autoscaling.thresholds]\ncpu_scale_down = 80", "[autoscaling.model_loader]\nload_balancing_strategy = \"x\"",
        "[log]\nlevel = 1\nfiles = 0\n[[balancing.zones]]\ncidrs = [\"::1/8\"]",
        "[models]\nrepository = \"${NOT_SET_X}\"", "[[autoscaling.schedules]]\nwhen = \"8 o'clock\"",
        "[[autoscaling.schedules]]\nmodel = \"a\""}) {
    proxy.folder.write("p.toml", bad);
    auto const words = proxy.refusal();
    CHECK(proxy.checked() == words + "\n");
    CHECK_MESSAGE(words.starts_with(proxy.file + ":"), words);
  }
}

TEST_CASE("reload: --set is stronger than the new file too, and a bad file is not saved by it")
{
  auto proxy = running_proxy("[hold]\nmax_requests = 5");
  proxy.overrides.emplace_back("hold.max_requests=7");
  proxy.folder.write("p.toml", "[hold]\nmax_requests = 6");
  CHECK(proxy.reload()->running.hold.max_requests == 7);
  proxy.folder.write("p.toml", "[hold]\nmax_requests = 0");
  CHECK(proxy.refusal() == proxy.file + ":2: 'hold.max_requests' is 0; allowed is an integer from 1 to 1000000");
}

TEST_CASE("reload: without its file everything stays, there is no falling back to the defaults")
{
  auto const proxy = running_proxy("[hold]\nmax_requests = 5");
  std::filesystem::remove(proxy.file);
  CHECK(proxy.refusal() == proxy.file + ": No such file or directory");
  auto const unnamed = config::reload(std::nullopt, proxy.overrides, proxy.node);
  CHECK(!unnamed.has_value());
}

TEST_CASE("reload: a model.toml that changes only what holds at once gives new limits, the rest loads anew")
{
  auto const proxy = running_proxy("", "[autoscaling.model_loader]\npriority = 1");
  proxy.folder.write("models/a/model.toml", "[autoscaling.model_loader]\npriority = 2\nmin_instances = 1");
  CHECK(proxy.told(*proxy.reload()) == texts{"a:1: autoscaling.model_loader.min_instances: 0 -> 1, takes effect now",
                                             "a:1: autoscaling.model_loader.priority: 1 -> 2, takes effect now"});
  proxy.folder.write("models/a/model.toml", "[autoscaling.model_loader]\npriority = 1\n[arguments]\nsr = 5");
  CHECK(proxy.told(*proxy.reload()) == texts{"a:1: its model.toml has changed, it is loaded again"});
}

TEST_CASE("reload: what the node changes is not told of each model again, but each has it")
{
  auto const proxy = running_proxy("", "[autoscaling.model_loader]\npriority = 1");
  proxy.folder.write("p.toml", "[autoscaling.model_loader]\npriority = 5\n[autoscaling]\ndry_run = true");
  auto const outcome = *proxy.reload();
  CHECK(outcome.changes.size() == 2);
  CHECK(proxy.told(outcome).empty());
  REQUIRE(outcome.models.models.size() == 2);
  CHECK(outcome.models.models[0].toml.limits.priority == 1); // its own
  CHECK(outcome.models.models[1].toml.limits.priority == 5);
  auto served = std::vector<model_spec const*>();
  for (auto const& one : proxy.models.models)
    served.push_back(&one);
  auto const changes = compare(served, outcome.models, outcome.changes);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].what == model_change::kind::limits);
  CHECK(changes[1].now == &outcome.models.models[1]);
}

TEST_CASE("reload: a bad model.toml stops only its model, in the words of check-config; the good file is taken")
{
  auto const proxy = running_proxy("");
  proxy.folder.write("p.toml", "[hold]\nmax_requests = 6");
  proxy.folder.write("models/a/model.toml", "[autoscaling.thresholds]\ncpu_scale_up = 10");
  auto const outcome = proxy.reload();
  REQUIRE(outcome.has_value());
  CHECK(outcome->running.hold.max_requests == 6);
  auto const told = proxy.told(*outcome);
  REQUIRE(told.size() == 1);
  auto const words = (proxy.folder.path() / "models/a/model.toml").string() +
                     ":2: 'autoscaling.thresholds.cpu_scale_down' (30.0) must be less than "
                     "'autoscaling.thresholds.cpu_scale_up' (10.0)";
  CHECK(told[0] == "a:1: stays as it is: " + words);
  CHECK(proxy.checked() == "  a:1  " + words + "\n");
}

TEST_CASE("reload: a model that was bad and is good now is loaded; new and missing ones are told")
{
  auto const proxy = running_proxy("", "stateful = 1");
  CHECK(proxy.told(*proxy.reload()).empty()); // as bad as before
  proxy.folder.write("models/a/model.toml", "");
  proxy.folder.write("models/c/1/model.pt", "file");
  std::filesystem::remove_all(proxy.folder.path() / "models/b");
  CHECK(proxy.told(*proxy.reload()) == texts{"a:1: its model.toml has changed, it is loaded again",
                                             "c:1: is new in the repository",
                                             "b:1: is not in the repository any more"});
}

TEST_CASE("reload: what does not fit the repository is a warning, at check-config too")
{
  auto const proxy = running_proxy("[autoscaling.zero_scaling]\nmax_loaded_models = 1\nrest_at = \"instance\"\n"
                                   "[[autoscaling.schedules]]\nmodel = \"nobody\"\nwhen = \"Sun 01:00-02:00\"\n"
                                   "[[autoscaling.schedules]]\nmodel = \"b\"\nwhen = \"Sun 01:00-02:00\"\n"
                                   "min_instances = 4");
  auto const expected = texts{
      "'autoscaling.schedules.model' is \"nobody\", which is not in the repository '" + proxy.node.repository + "'",
      "'autoscaling.schedules.min_instances' is 4, but the 'autoscaling.model_loader.max_instances_per_model' of \"b\" "
      "is 3, which is its floor then",
      "'autoscaling.zero_scaling.max_loaded_models' is 1, but 2 model versions are to stay warm by their "
      "'autoscaling.model_loader.min_instances' or 'autoscaling.zero_scaling.rest_at'"};
  CHECK(proxy.reload()->told == expected);
  auto out = std::ostringstream();
  auto err = std::ostringstream();
  CHECK(cli::check_config({{proxy.file, proxy.overrides}}, out, err) == 0);
  for (auto const& one : expected)
    CHECK(out.str().find("warning: " + one + "\n") != std::string::npos);
}

TEST_CASE("reload: a schedule of every model leaves a model its lower maximum, with a warning that names it")
{
  auto const proxy = running_proxy("[[autoscaling.schedules]]\nwhen = \"Sun 01:00-02:00\"\nmin_instances = 2",
                                   "[autoscaling.model_loader]\nmax_instances_per_model = 1");
  CHECK(proxy.models.models.front().error.empty());
  CHECK(proxy.reload()->told == texts{"'autoscaling.schedules.min_instances' is 2, but the "
                                      "'autoscaling.model_loader.max_instances_per_model' of \"a\" is 1, which is its "
                                      "floor then"});
}

TEST_CASE("reload: what it reads is what is to be watched")
{
  auto const proxy = running_proxy("");
  auto const models = proxy.folder.path() / "models";
  CHECK(watched_files(proxy.node, proxy.models) ==
        std::vector<std::filesystem::path>{proxy.file, models / "a/model.toml", models / "b/model.toml"});
  CHECK(watched_files(settings(), {}) ==
        std::vector<std::filesystem::path>{"pilotlight.toml", "/etc/pilotlight/pilotlight.toml"});
}
