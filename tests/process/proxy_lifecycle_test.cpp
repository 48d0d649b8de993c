// From zero to an answer and back: held requests, idleness, room, scaling by hand and by queue.
#include "tests/process/proxy_process.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <sstream>

using namespace proxy_tests;

namespace {

/// From "starting" and "ready" in the log.
int most_starts_at_once(std::string const& log)
{
  auto starting = 0, most = 0;
  auto lines = std::istringstream(log);
  for (auto line = std::string(); std::getline(lines, line);) {
    if (line.find(": starting, ") != std::string::npos) most = std::max(most, ++starting);
    if (line.find(": instance 1 ready") != std::string::npos) --starting;
  }
  return most;
}

} // namespace

TEST_SUITE("proxy lifecycle tsan")
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

  TEST_CASE("max_loaded_models holds: one idle model makes room for each that is asked for; a busy one does not")
  {
    auto models = repository();
    for (auto const* name : {"a", "b", "c"})
      models.add_demo("mlp", name);
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.max_loaded_models=2"});
    auto const at_zero = [&] {
      auto found = std::vector<std::string>();
      for (auto const* name : {"a", "b", "c"})
        if (proxy.state(name) == "Zero") found.emplace_back(name);
      return found;
    };
    REQUIRE(proxy.infer("a", mlp_body()).status == 200);
    REQUIRE(proxy.infer("b", mlp_body()).status == 200);
    REQUIRE(proxy.infer("c", mlp_body()).status == 200);
    CHECK(eventually([&] { return at_zero().size() == 1; }));
    CHECK(proxy.state("c") != "Zero");
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    CHECK(eventually([&] { return at_zero().size() == 2; }));
    auto busy = client(proxy.port());
    busy.post("/v2/models/slow/infer", slow_body(5'000));
    REQUIRE(proxy.infer(at_zero().at(0), mlp_body()).status == 200); // the idle one makes room, not the busy one
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
      clients.back()->post("/v2/models/slow/infer", slow_body(500));
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
    for (auto const at_once : {1, 2}) {
      auto const proxy = proxy_process(models, {"worker.parallel_starts=" + std::to_string(at_once)});
      auto clients = std::vector<std::unique_ptr<client>>();
      for (auto const* name : {"a", "b", "c", "d"}) {
        clients.push_back(std::make_unique<client>(proxy.port()));
        clients.back()->post("/v2/models/" + std::string(name) + "/infer", mlp_body());
      }
      for (auto const& each : clients)
        CHECK(each->read().status == 200);
      CHECK(most_starts_at_once(proxy.log()) == at_once);
    }
  }

  TEST_CASE("unload drains and refuses until load; load starts the model")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(3'000));
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

  TEST_CASE("what is unloaded stays so, whatever its floor is, and takes nobody's place")
  {
    auto models = repository();
    models.add_demo("mlp");
    for (auto const* name : {"floored", "resting"})
      models.add_demo("mlp", name);
    auto const extend = [&](std::string const& name, std::string const& lines) {
      models.write(name + "/model.toml", lines + models.read(name + "/model.toml"));
    };
    extend("floored", "autoscaling.model_loader.min_instances = 1\n");
    extend("resting", "autoscaling.zero_scaling.rest_at = \"model_zygote\"\n");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"});
    REQUIRE(eventually([&] { return proxy.instances("floored").size() == 1; }));
    REQUIRE(eventually([&] { return proxy.with_role("model zygote resting").size() == 1; }));
    for (auto const* name : {"floored", "resting"})
      CHECK(client(proxy.port()).ask("/v2/repository/models/" + std::string(name) + "/unload", "").status == 200);
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const decided_before = proxy.logged("model floored:1: scale");
    std::this_thread::sleep_for(1s);
    for (auto const* name : {"floored", "resting"})
      CHECK(proxy.with_role("model zygote " + std::string(name)).empty());
    CHECK(proxy.logged("model floored:1: scale") == decided_before);
    CHECK(client(proxy.port()).ask("/v2/repository/models/floored/load", "").status == 200);
    CHECK(eventually([&] { return proxy.instances("floored").size() == 1; }));
  }

  TEST_CASE("unload and load while requests run: each is answered or told that the model is unloaded")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto stop = std::atomic(false);
    auto answered = std::atomic(0), refused = std::atomic(0), other = std::atomic(0);
    auto threads = std::vector<std::thread>();
    for (auto i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        auto one = client(proxy.port());
        while (!stop) {
          auto const got = one.ask("/v2/models/mlp/infer", mlp_body());
          ++(got.status == 200 ? answered : got.status == 503 ? refused : other);
        }
      });
    auto control = client(proxy.port());
    for (auto i = 0; i < 8; ++i) {
      CHECK(control.ask("/v2/repository/models/mlp/unload", "").status == 200);
      std::this_thread::sleep_for(std::chrono::milliseconds(i * 5));
      CHECK(control.ask("/v2/repository/models/mlp/load", "").status == 200);
      std::this_thread::sleep_for(std::chrono::milliseconds(i * 3));
    }
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    stop = true;
    for (auto& each : threads)
      each.join();
    CHECK(answered > 20);
    CHECK(refused > 20);
    CHECK(other == 0);
  }
}
