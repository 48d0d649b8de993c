// The control loop at work: floors, rungs, what was decided and why, and changes while requests run.
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace proxy_tests;

TEST_SUITE("proxy scaling")
{
  TEST_CASE("min_instances are there before anybody calls, and stay")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {"autoscaling.model_loader.min_instances=2",
                               "autoscaling.zero_scaling.scale_to_zero_delay=0.3", "autoscaling.tick=0.2"});
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 2; }));
    std::this_thread::sleep_for(1s);
    CHECK(proxy.instances("mlp").size() == 2);
    auto const made = decisions(proxy, "mlp");
    REQUIRE_FALSE(made.empty());
    CHECK_FALSE(made.at(0).at("reason").as_string().empty());
  }

  TEST_CASE("rest_at = model_zygote: idle instances end, the weights stay, the next request costs a fork")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {"autoscaling.zero_scaling.rest_at=model_zygote",
                               "autoscaling.zero_scaling.scale_to_zero_delay=0.4", "autoscaling.tick=0.2"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(eventually([&] { return proxy.with_role("instance mlp").empty(); }));
    auto const zygote = proxy.with_role("model zygote mlp");
    REQUIRE(zygote.size() == 1);
    std::this_thread::sleep_for(1s);
    for (auto turn = 0; turn < 3; ++turn) {
      CHECK(proxy.infer("mlp", mlp_body()).status == 200);
      CHECK(proxy.with_role("model zygote mlp") == zygote); // the same one: nothing was loaded
      CHECK(eventually([&] { return proxy.with_role("instance mlp").empty(); }));
    }
  }

  TEST_CASE("a burst is read as high load and as a panic, in which nothing goes until the stable window is over")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(
        models, {"worker.threads=1", "autoscaling.tick=0.1", "autoscaling.windows.stable=6.0",
                 "autoscaling.windows.panic=1.0", "autoscaling.windows.stabilization=1.0",
                 "autoscaling.windows.scale_down_cooldown=0.0", "autoscaling.model_loader.max_instances_per_model=2",
                 // Callers that wait for their answer send no more than is answered: what is inside tells of the burst.
                 "autoscaling.thresholds.target_concurrency=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    CHECK(proxy.model("slow").at("panic") == false);
    auto load = steady_load(proxy, 8, "slow", slow_body(50));
    CHECK(eventually([&] { return proxy.model("slow").at("panic") == true; }));
    CHECK(eventually([&] { return proxy.model("slow").at("load") == "high"; }));
    CHECK(eventually([&] { return proxy.instances("slow").size() == 2; }));
    load.stop();
    CHECK(load.failed() == 0);
    auto const over = [&] { return proxy.model("slow").at("panic") == false; };
    while (!over())
      CHECK(proxy.instances("slow").size() == 2); // not down in a panic
    CHECK(eventually([&] { return proxy.instances("slow").size() <= 1; }));
  }

  TEST_CASE("dry_run decides and says so, and executes nothing")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.dry_run=true", "autoscaling.tick=0.2",
                                              "autoscaling.zero_scaling.scale_to_zero_delay=0.3"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const decided = [&] {
      for (auto const& one : decisions(proxy, "mlp"))
        if (one.at("action") == "rest" && one.at("dry_run") == true) return true;
      return false;
    };
    CHECK(eventually(decided));
    std::this_thread::sleep_for(500ms);
    CHECK(proxy.instances("mlp").size() == 1);
  }

  TEST_CASE("threads are dealt anew when instances come and go: a small model on default threads gets its second")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=2",
                                              "autoscaling.resources.cores=2", "autoscaling.tick=0.2"});
    auto const shares = [&] {
      auto const model = proxy.model("mlp");
      auto all = std::vector<std::int64_t>();
      for (auto const& one : model.at("instances").as_array())
        all.push_back(one.at("compute_threads").as_int64());
      return all;
    };
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(shares() == std::vector<std::int64_t>{2});
    auto const scaled = proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":2})");
    REQUIRE(scaled.status == 200);
    CHECK(eventually([&] { return shares() == std::vector<std::int64_t>{1, 1}; }));
    for (auto turn = 0; turn < 20; ++turn)
      CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    ::kill(proxy.instances("mlp").at(0), SIGKILL);
    CHECK(eventually([&] { return shares() == std::vector<std::int64_t>{1, 1}; })); // its successor is there
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":1})").status == 200);
    CHECK(eventually([&] { return shares() == std::vector<std::int64_t>{2}; }));
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("strategies change and the configuration is read anew under load: no request fails; a bad one is refused")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const write = [&](std::string const& text) {
      std::ofstream(file + ".new") << text;
      std::filesystem::rename(file + ".new", file);
    };
    write("[autoscaling.model_loader]\nload_balancing_strategy = \"round_robin\"\n");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.2"}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":3})").status == 200);
    auto load = steady_load(proxy, 4);
    auto reloads = std::size_t{0};
    for (auto const* strategy : {"least_connections", "random", "weighted", "response_time", "resource_based",
                                 "predicted", "geographic", "consistent_hash"}) {
      CAPTURE(strategy);
      write(std::string("[autoscaling.model_loader]\nload_balancing_strategy = \"") + strategy + "\"\n");
      ++reloads;
      auto const told = [&] {
        return proxy.logged("configuration: autoscaling.model_loader.load_balancing_strategy") >= reloads;
      };
      CHECK(eventually(told, 10s)); // the file is watched
      if (auto const some = proxy.instances("mlp"); !some.empty()) ::kill(some.back(), SIGKILL);
    }
    write("[autoscaling.thresholds]\ncpu_scale_up = 20.0\ncpu_scale_down = 30.0\n");
    auto const refused = proxy.ask_admin("/v1/config/reload", "");
    CHECK(refused.status == 400);
    CHECK(refused.error().find("cpu_scale_down") != std::string::npos);
    write("[autoscaling.zero_scaling]\nscale_to_zero_delay = 77.0\n");
    auto const taken = proxy.ask_admin("/v1/config/reload", "");
    CHECK(taken.status == 200);
    proxy.signal(SIGHUP);
    std::this_thread::sleep_for(300ms);
    load.stop();
    CHECK(load.asked() > 100);
    CHECK(load.failed() == 0);
  }
}
