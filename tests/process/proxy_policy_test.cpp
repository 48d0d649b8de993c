// Bounds that hold whatever the load: budgets, schedules, floors, and models that only say what they would do.
#include "tests/process/proxy_load.hpp"

#include <array>
#include <cstdio>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace proxy_tests;

namespace {

/// "08:00-09:00" of the hour that begins so many hours from now, UTC.
std::string hour_in(int hours)
{
  auto const now = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now().time_since_epoch());
  auto const begin = (now.count() + hours) % 24;
  auto text = std::array<char, 32>();
  std::snprintf(text.data(), text.size(), "%02d:00-%02d:00", static_cast<int>(begin), static_cast<int>(begin + 1));
  return text.data();
}

/// 180 ms of one instance.
constexpr auto tiny_budget = "[autoscaling.budget]\nworker_hours_per_month = 0.00005\n";

double seconds_used(proxy_process const& proxy)
{
  return metric(proxy, "pilotlight_budget_used_worker_seconds");
}

} // namespace

TEST_SUITE("proxy policy")
{
  TEST_CASE("refuse_over_budget: beyond its worker-hours a model at zero gets 503 and the key; others go on, a restart "
            "changes nothing, a larger budget does")
  {
    auto models = repository();
    models.add_demo("mlp", "poor");
    models.add_demo("mlp", "rich");
    models.write("poor/model.toml", std::string(tiny_budget) + "refuse_over_budget = true\n");
    auto const folder = worker_tests::scratch_folder();
    auto const settings =
        std::vector<std::string>{"autoscaling.zero_scaling.scale_to_zero_delay=0.6", "autoscaling.tick=0.1",
                                 "history.file=" + folder.path("history.sqlite")};
    auto const refused = [](proxy_process const& proxy) {
      auto const answer = proxy.infer("poor", mlp_body());
      CHECK(answer.status == 503);
      CHECK(answer.error() == "model 'poor' has used its worker-hours of this month "
                              "(autoscaling.budget.worker_hours_per_month)");
      CHECK(proxy.state("poor") == "Zero");
      auto const ready = client(proxy.port()).get("/v2/models/poor/ready");
      CHECK(ready.status == 503);
      CHECK(ready.body.find("has used its worker-hours") != std::string::npos);
      CHECK(client(proxy.port()).get("/v2/models/rich/ready").status == 200);
    };
    {
      auto const proxy = proxy_process(models, settings);
      REQUIRE(proxy.infer("poor", mlp_body()).status == 200);
      REQUIRE(eventually([&] { return proxy.state("poor") == "Zero"; }));
      CHECK(seconds_used(proxy) >= 0.18);
      refused(proxy);
      CHECK(proxy.infer("rich", mlp_body()).status == 200);
    }
    auto const proxy = proxy_process(models, settings);
    refused(proxy);
    models.write("poor/model.toml", "[autoscaling.budget]\nworker_hours_per_month = 100\nrefuse_over_budget = true\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(proxy.infer("poor", mlp_body()).status == 200);
  }

  TEST_CASE("over its budget without refuse_over_budget a model keeps to one instance, on demand, whatever its floor")
  {
    auto models = repository();
    auto const eager = std::string("[autoscaling.model_loader]\nmin_instances = 2\n[worker]\nthreads = 1\n"
                                   "[autoscaling.thresholds]\nqueue_length_max = 1\n");
    models.add_odd("slow", eager + tiny_budget, "poor");
    models.add_odd("slow", eager, "rich");
    auto const proxy =
        proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.5", "autoscaling.tick=0.1",
                               "autoscaling.model_loader.max_instances_per_model=4"});
    REQUIRE(eventually([&] { return seconds_used(proxy) > 0.18; })); // its floor has used it
    CHECK(eventually([&] { return proxy.state("poor") == "Zero"; }));
    REQUIRE(eventually([&] { return proxy.instances("rich").size() >= 2; }));
    REQUIRE(proxy.infer("poor", slow_body(1)).status == 200);
    auto const waiting = proxy.send("poor", slow_body(300), 12);
    CHECK(eventually([&] { return proxy.model("poor").at("held").to_number<int>() > 2; }));
    for (auto const& each : waiting) {
      CHECK(each->read().status == 200);
      CHECK(proxy.instances("poor").size() <= 1);
    }
    CHECK(eventually([&] { return proxy.state("poor") == "Zero"; }));
    CHECK_FALSE(decided(proxy, "poor", "scale", "waiting").has_value());
  }

  TEST_CASE("a schedule holds its floor while its window is open, a closed one does not, and neither outlives a reload")
  {
    auto models = repository();
    models.add_demo("mlp", "open");
    models.add_demo("mlp", "closed");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    std::ofstream(file) << "[[autoscaling.schedules]]\nmodel = \"open\"\nwhen = \"* * * * *\"\nmin_instances = 2\n"
                        << "[[autoscaling.schedules]]\nmodel = \"closed\"\nwhen = \"daily " << hour_in(6)
                        << "\"\nmin_instances = 2\n";
    auto const proxy = proxy_process(
        models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.3", "autoscaling.tick=0.1"}, {"--config", file});
    CHECK(eventually([&] { return proxy.instances("open").size() == 2; }));
    CHECK(decided(proxy, "open", "scale", R"(the window "* * * * *" is open)").has_value());
    REQUIRE(proxy.infer("closed", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("closed") == "Zero"; })); // long after the delay of both
    CHECK(proxy.instances("open").size() == 2);
    CHECK_FALSE(decided(proxy, "closed", "scale", "window").has_value());
    std::ofstream(file) << "";
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
  }

  TEST_CASE("what requests, hands and the autoscaler did is kept with its cause, in its order")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.5", "autoscaling.tick=0.1"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("mlp") == "Zero"; }));
    auto repository_api = client(proxy.port());
    REQUIRE(repository_api.ask("/v2/repository/models/mlp/load", "").status == 200);
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":2})").status == 200);
    REQUIRE(repository_api.ask("/v2/repository/models/mlp/unload", "").status == 200);
    auto told = std::vector<std::string>();
    for (auto const& each : decisions(proxy, "mlp"))
      told.push_back(std::string(each.at("action").as_string()) + ": " + std::string(each.at("reason").as_string()));
    REQUIRE(told.size() >= 5);
    CHECK(told[0] == "scale: 1 request waits and no instance is there");
    CHECK(told[1].starts_with("rest: idle for 0.")); // and what a late timer adds
    CHECK(told[2] == "scale: loaded by hand");
    CHECK(told[3] == "scale: by hand");
    CHECK(told.back() == "rest: unloaded by hand");
    CHECK(proxy.model("mlp").at("starts") == 2);
    CHECK(proxy.model("mlp").at("cold_starts") == 1);
  }

  TEST_CASE("dry_run of one model: it says what it would do, and does nothing of it; the other one acts")
  {
    auto models = repository();
    models.add_demo("mlp", "dry");
    models.add_demo("mlp", "wet");
    models.write("dry/model.toml", "[autoscaling]\ndry_run = true\n");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.3",
                                              "autoscaling.tick=0.1", "autoscaling.zero_scaling.max_loaded_models=2"});
    REQUIRE(proxy.infer("dry", mlp_body()).status == 200);
    REQUIRE(proxy.infer("wet", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("wet") == "Zero"; }));
    REQUIRE(eventually([&] { return decided(proxy, "dry", "rest").has_value(); }));
    CHECK(decided(proxy, "dry", "rest")->at("dry_run") == true);
    CHECK(decided(proxy, "wet", "rest")->at("dry_run") == false);
    CHECK(proxy.logged("model dry:1: (dry run) rest at zero: idle for") == 1);
    auto const again = decided(proxy, "dry", "rest")->at("times").to_number<int>();
    CHECK(eventually([&] { return decided(proxy, "dry", "rest")->at("times").to_number<int>() > again + 5; }));
    CHECK(proxy.instances("dry").size() == 1);
    CHECK(proxy.infer("dry", mlp_body()).status == 200);
  }

  TEST_CASE("rest_at = zygote: LibTorch is ready before anybody calls, and is all that stays after a call")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.rest_at=zygote", "autoscaling.tick=0.1",
                                              "autoscaling.zero_scaling.scale_to_zero_delay=0.3"});
    auto const only_zygote = std::vector<std::string>{"pilotlight-worker: zygote"};
    REQUIRE(eventually([&] { return proxy.titles() == only_zygote; }));
    auto const zygote = proxy.with_role("zygote");
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.titles() == only_zygote; }));
    CHECK(proxy.with_role("zygote") == zygote);
  }
}
