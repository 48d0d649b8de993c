// From zero to an answer and back: held requests, idleness, room, scaling, and the race of going to zero with a
// request.
#include "tests/process/proxy_process.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <random>

using namespace proxy_tests;

namespace {

// Sanitized builds are ten times as slow; the full count is the release build's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto races = 300;
#else
constexpr auto races = 5'000;
#endif

} // namespace

TEST_SUITE("proxy lifecycle")
{
  TEST_CASE("the first request finds no worker, is held, lights one and is answered; idleness puts everything out")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.4"});
    CHECK(eventually([&] { return proxy.workers().empty(); })); // the one-shot description has gone
    CHECK(proxy.state("mlp") == "Zero");
    auto const first = proxy.infer("mlp", mlp_body());
    REQUIRE(first.status == 200);
    CHECK(first.headers.at("x-pilotlight-cold-start") == "true");
    for (auto const* part : {"hold;dur=", "spawn;dur=", "load;dur=", "compute;dur="})
      CHECK(first.headers.at("server-timing").find(part) != std::string::npos);
    CHECK(proxy.titles() == std::vector<std::string>{"pilotlight-worker: instance mlp:1/1",
                                                     "pilotlight-worker: model zygote mlp:1",
                                                     "pilotlight-worker: zygote"});
    auto const second = proxy.infer("mlp", mlp_body());
    REQUIRE(second.status == 200);
    CHECK_FALSE(second.headers.contains("x-pilotlight-cold-start"));
    CHECK(second.body == first.body);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    CHECK(proxy.state("mlp") == "Zero");
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("no GET wakes a worker, and a node at zero is ready")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    auto data = client(proxy.port());
    for (auto const* path : {"/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/mlp", "/v2/models/mlp/ready",
                             "/v2/models/mlp/versions/1", "/v2/models/mlp/config", "/v2/models/mlp/stats",
                             "/v2/models/stats", "/v2/repository/index"}) {
      CAPTURE(path);
      CHECK(data.get(path).status == 200);
    }
    auto admin = client(proxy.admin());
    for (auto const* path : {"/v1/models", "/v1/health", "/metrics"})
      CHECK(admin.get(path).status == 200);
    CHECK(proxy.workers().empty());
  }

  TEST_CASE("a request that comes while the model goes to zero is never lost: 5,000 times")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("identity");
    // Identity stays, and with it the zygote, so that a start costs a fork and a load.
    models.write("identity/model.toml", "[autoscaling.zero_scaling]\nscale_to_zero_delay = 3600.0\n");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=0.002", "log.level=error",
                                              "autoscaling.model_loader.model_warmup_enabled=false"});
    REQUIRE(proxy.infer("identity", mlp_body()).status == 200);
    auto const body = mlp_body();
    auto random = std::mt19937(1);
    auto one = client(proxy.port());
    auto answered = 0, cold = 0;
    for (auto i = 0; i < races; ++i) {
      auto const got = one.ask("/v2/models/mlp/infer", body);
      answered += got.status == 200;
      cold += got.headers.contains("x-pilotlight-cold-start");
      // About the idle delay: before it, at it, while the processes are ending, after.
      std::this_thread::sleep_for(std::chrono::microseconds(1'500 + random() % 2'000));
    }
    CHECK(answered == races);
    MESSAGE("cold starts: ", cold, " of ", races);
    CHECK(cold > races / 50);
    CHECK(cold < races);
  }

  TEST_CASE("max_loaded_models holds: an idle model makes room, the oldest use first; a busy one does not")
  {
    auto models = repository();
    for (auto const* name : {"a", "b", "c"})
      models.add_demo("mlp", name);
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.max_loaded_models=2"});
    REQUIRE(proxy.infer("a", mlp_body()).status == 200);
    REQUIRE(proxy.infer("b", mlp_body()).status == 200);
    REQUIRE(proxy.infer("c", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("a") == "Zero"; }));
    CHECK(proxy.state("b") != "Zero");
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    CHECK(eventually([&] { return proxy.state("b") == "Zero"; }));
    auto busy = client(proxy.port());
    busy.post("/v2/models/slow/infer", slow_body(2'000));
    REQUIRE(proxy.infer("a", mlp_body()).status == 200); // c makes room, not the busy one
    CHECK(proxy.state("slow") == "Active");
    CHECK(busy.read().status == 200);
  }

  TEST_CASE("by hand: 0 -> 1 -> N -> 1 -> 0, within max_instances_per_model")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto const scale = [&](std::string const& n) {
      return proxy.ask_admin("/v1/models/mlp/scale", "{\"instances\":" + n + "}");
    };
    for (auto const count : {1u, 3u, 1u}) {
      CHECK(scale(std::to_string(count)).status == 200);
      CHECK(eventually([&] { return proxy.instances("mlp").size() == count; }));
    }
    CHECK(scale("4").error() == "instances must be 0 to 3 (autoscaling.model_loader.max_instances_per_model)");
    CHECK(scale("-1").status == 400);
    CHECK(scale("\"x\"").error() == "the body must be {\"instances\": N} with N a whole number, 0 or more");
    CHECK(scale("0").status == 200);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("a queue longer than queue_length_max gets one more instance, up to max_instances_per_model")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(
        models, {"autoscaling.thresholds.queue_length_max=2", "autoscaling.model_loader.max_instances_per_model=2"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto clients = std::vector<std::unique_ptr<client>>();
    for (auto i = 0; i < 12; ++i) {
      clients.push_back(std::make_unique<client>(proxy.port()));
      clients.back()->post("/v2/models/slow/infer", slow_body(100));
    }
    CHECK(eventually([&] { return proxy.instances("slow").size() == 2; }));
    for (auto const& each : clients)
      CHECK(each->read().status == 200);
    CHECK(proxy.instances("slow").size() == 2);
  }

  TEST_CASE("models start side by side up to parallel_starts, and none waits behind another for ever")
  {
    auto models = repository();
    for (auto const* name : {"a", "b", "c", "d"})
      models.add_demo("mlp", name);
    auto const proxy = proxy_process(models, {"worker.parallel_starts=1"});
    auto clients = std::vector<std::unique_ptr<client>>();
    for (auto const* name : {"a", "b", "c", "d"}) {
      clients.push_back(std::make_unique<client>(proxy.port()));
      clients.back()->post("/v2/models/" + std::string(name) + "/infer", mlp_body());
    }
    for (auto const& each : clients)
      CHECK(each->read().status == 200);
  }

  TEST_CASE("unload drains and refuses until load; load starts the model")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(300));
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    auto one = client(proxy.port());
    CHECK(one.ask("/v2/repository/models/slow/unload", "").status == 200);
    CHECK(one.ask("/v2/models/slow/infer", slow_body(1)).error() ==
          "model 'slow' is unloaded: POST /v2/repository/models/slow/load brings it back");
    CHECK(one.get("/v2/models/slow/ready").status == 503);
    CHECK(running.read().status == 200);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    CHECK(one.ask("/v2/repository/models/slow/load", "").status == 200);
    CHECK(proxy.instances("slow").size() == 1);
    CHECK(one.ask("/v2/models/slow/infer", slow_body(1)).status == 200);
    CHECK(one.ask("/v2/repository/models/nobody/load", "").status == 404);
  }
}
