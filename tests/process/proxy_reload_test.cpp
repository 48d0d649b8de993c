// The configuration of a running proxy under load: each way to have it read, and each way to be wrong.
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace proxy_tests;

namespace {

/// Written beside and renamed, as editors do.
void write(std::string const& file, std::string const& text)
{
  std::ofstream(file + ".new") << text;
  std::filesystem::rename(file + ".new", file);
}

std::string at_most(int instances)
{
  return "[autoscaling.model_loader]\nmax_instances_per_model = " + std::to_string(instances) + "\n";
}

/// What holds, by what the proxy does: the sentence of a refusal names the bound.
bool holds(proxy_process const& proxy, int instances)
{
  return proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":200})")
             .error()
             .find("0 to " + std::to_string(instances) + " (") != std::string::npos;
}

double refusals(proxy_process const& proxy)
{
  return metric(proxy, "pilotlight_config_reloads_refused_total");
}

} // namespace

TEST_SUITE("proxy reload")
{
  TEST_CASE("by file change, SIGHUP and admin port, under load: a bad file is refused with line and key each time, the "
            "old one stays; the next good one is taken; no request fails")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    write(file, at_most(2));
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto load = steady_load(proxy, 3);
    CHECK(holds(proxy, 2));

    write(file, at_most(4) + "load_balancing_strategy = \"wheighted\"\n\n[hold]\nmax_request = 5\n"
                             "[[autoscaling.schedules]]\nwhen = \"61 * * * *\"\n");
    REQUIRE(eventually([&] { return refusals(proxy) == 1; })); // the file is watched
    proxy.signal(SIGHUP);
    REQUIRE(eventually([&] { return refusals(proxy) == 2; }));
    auto const refused = proxy.ask_admin("/v1/config/reload", "");
    CHECK(refused.status == 400);
    CHECK(refusals(proxy) == 3);
    auto const [checked, code] = run_proxy({"check-config", "--config", file});
    CHECK(code != 0);
    for (auto const* words : {"pilotlight.toml:3: 'autoscaling.model_loader.load_balancing_strategy' is \"wheighted\"",
                              "pilotlight.toml:6: unknown key 'hold.max_request'; did you mean 'hold.max_requests'?",
                              "pilotlight.toml:8: 'autoscaling.schedules.when': the minute \"61\" must be 0 to 59"}) {
      CAPTURE(words);
      CHECK(proxy.logged(words) == 3);
      CHECK(refused.error().find(words) != std::string::npos);
      CHECK(checked.find(words) != std::string::npos);
    }
    CHECK(holds(proxy, 2)); // nothing of it was taken, not even what was right
    std::filesystem::remove(file);
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 400);
    CHECK(holds(proxy, 2));

    write(file, at_most(4));
    proxy.signal(SIGHUP);
    CHECK(eventually([&] { return holds(proxy, 4); }));
    CHECK(proxy.logged("configuration: autoscaling.model_loader.max_instances_per_model: 2 -> 4") == 1);
    REQUIRE(load.more(50));
    load.stop();
    CHECK(load.failed() == 0);
  }

  TEST_CASE("a bad model.toml leaves its model as it is and the rest is taken; a good one holds for its model alone")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("mlp", "other");
    auto const cache = worker_tests::scratch_folder();
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "cache.directory=" + cache.path("")});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto load = steady_load(proxy, 2);
    models.write("mlp/model.toml", "[worker]\ntreads = 1\n");
    auto const told = proxy.ask_admin("/v1/config/reload", "");
    CHECK(told.status == 200);
    CHECK(told.body.find("mlp:1: stays as it is") != std::string::npos);
    CHECK(told.json().at("refused").as_array().size() == 1);
    CHECK(told.json().at("changes").as_array().empty());
    CHECK(told.body.find("model.toml:2: unknown key 'worker.treads'; did you mean 'worker.threads'?") !=
          std::string::npos);
    // What only the model itself can refuse is known from its description.
    auto const good = models.read("other/model.toml");
    REQUIRE(eventually([&] { return std::filesystem::exists(cache.path("descriptions.json")); }));
    models.write("mlp/model.toml", good + "\n[arguments]\nnope = 1\n");
    CHECK(proxy.ask_admin("/v1/config/reload", "")
              .json()
              .at("refused")
              .at(0)
              .as_string()
              .find("'arguments.nope': forward() has no such argument that is no tensor; it takes x (tensor)") !=
          std::string::npos);
    models.write("mlp/model.toml", good + at_most(7));
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return holds(proxy, 7); }));
    CHECK(proxy.ask_admin("/v1/models/other/scale", R"({"instances":200})").error().find("0 to 3 (") !=
          std::string::npos);
    REQUIRE(load.more(20));
    load.stop();
    CHECK(load.failed() == 0);
  }

  TEST_CASE("what is kept changes at once: fewer decisions, and more frequent saves")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const resting = [&](std::string const& at, int kept) {
      write(file, "[autoscaling.zero_scaling]\nrest_at = \"" + at +
                      "\"\n[control]\ndecisions_kept = " + std::to_string(kept) + "\n");
    };
    resting("zygote", 10);
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.dry_run=true"}, {"--config", file});
    for (auto i = 0; i < 8; ++i) {
      REQUIRE(eventually([&] { return decisions(proxy, "mlp").size() == static_cast<std::size_t>(i + 1); }));
      resting(i % 2 ? "zygote" : "model_zygote", 10);
      REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    }
    resting("instance", 3);
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return decisions(proxy, "mlp").size() == 3; }));

    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(metric(proxy, "pilotlight_history_saves_total") == 0); // every minute by default
    write(file, "[history]\nsave_interval = 1\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return metric(proxy, "pilotlight_history_saves_total") >= 1; }));
  }
}
