// Health from work done: heartbeats, canaries, and what follows from them.
#include "proxy/collect/process_usage.hpp"
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fstream>

using namespace proxy_tests;

TEST_SUITE("proxy health")
{
  TEST_CASE("an idle worker that stops is found by its heartbeat, and replaced; a busy one is left alone")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.basic_check_interval=1",
                                              "autoscaling.tick=0.2", "autoscaling.zero_scaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const stopped = proxy.instances("mlp").at(0);
    auto const working = proxy.instances("slow").at(0);
    auto busy = client(proxy.port(), 60s);
    busy.post("/v2/models/slow/infer", slow_body(100'000)); // longer than the heartbeat's deadline
    ::kill(stopped, SIGSTOP);
    CHECK(eventually([&] { return !alive(stopped); }, 12s)); // its deadline is five seconds, and it is asked each
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(alive(working));
    CHECK(busy.read().status == 200);
    auto const health = client(proxy.admin()).get("/v1/health").json();
    CHECK(health.at("total_instances").as_int64() >= 2);
    CHECK_FALSE(health.at("last_failures").as_array().empty());
  }

  TEST_CASE("an answer to a heartbeat that nobody has looked at yet does not keep the I/O thread from sleeping")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.basic_check_interval=1",
                                              "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto load = steady_load(proxy, 1, "slow", slow_body(1'000)); // there is always a request inside, hardly any work
    REQUIRE(load.more(1));
    auto const cpu = [&] { return pilotlight::collect::read_process_times(proxy.pid()).value().cpu; };
    auto const before = cpu();
    std::this_thread::sleep_for(4s);
    CHECK(cpu() - before < 1s);
    load.stop();
    CHECK(load.failed() == 0);
  }

  TEST_CASE("canaries are asked, their answers recorded and compared; they count as no activity")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {"autoscaling.health_monitoring.functional_check_interval=1", "autoscaling.tick=0.2",
                               "autoscaling.zero_scaling.scale_to_zero_delay=6.0"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const accurate = [&] {
      auto const health = client(proxy.admin()).get("/v1/health").json();
      auto const& one = health.at("models").at(0);
      return one.at("accuracy").is_int64() && one.at("accuracy") == 100;
    };
    CHECK(eventually(accurate, 10s));
    CHECK(client(proxy.port()).get("/v2/models/mlp/stats").json().at("model_stats").at(0).at("inference_count") == 1);
    CHECK(eventually([&] { return proxy.workers().empty(); }, 15s)); // to zero all the same
  }

  TEST_CASE("a wrong canary: the model is loaded anew, then out of service with the reason, until it is loaded by hand")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const text = models.read("mlp/model.toml");
    models.write("mlp/model.toml", text + mlp_canary_that_fails);
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.functional_check_interval=1",
                                              "autoscaling.tick=0.2", "autoscaling.zero_scaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const first = proxy.with_role("model zygote mlp");
    auto refused = reply();
    auto const out = [&] {
      refused = proxy.infer("mlp", mlp_body());
      return refused.status == 503;
    };
    CHECK(eventually(out, 20s));
    CHECK(refused.error().find("out of service") != std::string::npos);
    CHECK(proxy.with_role("model zygote mlp") != first); // it was given another chance
    CHECK(client(proxy.port()).get("/v2/models/mlp/ready").status == 503);
    CHECK(proxy.state("mlp") == "OutOfService");
    auto const unavailable = client(proxy.admin()).get("/v1/health").json().at("unavailable_models").as_array();
    REQUIRE(unavailable.size() == 1);
    // Nobody asks it: it is left alone, neither restarted nor given more instances.
    auto const left = proxy.instances("mlp");
    std::this_thread::sleep_for(3s);
    CHECK(proxy.instances("mlp") == left);
    CHECK(left.size() == 1);
    models.write("mlp/model.toml", text);
    CHECK(client(proxy.port(), 30s).ask("/v2/repository/models/mlp/load", "").status == 200);
    CHECK(eventually([&] { return proxy.infer("mlp", mlp_body()).status == 200; }, 10s));
  }

  TEST_CASE("health_monitoring in a model.toml: each model is checked as its own file says, also when that changes")
  {
    auto models = repository();
    auto const own = std::string("[autoscaling.health_monitoring]\n");
    auto const write = [&](std::string const& name, std::string const& keys) {
      models.write(name + "/model.toml", models.read("mlp/model.toml") + keys + mlp_canary_that_fails);
    };
    models.add_demo("mlp");
    for (auto const* name : {"often", "never"})
      models.add_demo("mlp", name);
    write("often", own + "functional_check_interval = 0.1\n");
    write("never", own + "functional_check_interval = 0.1\nenabled = false\n");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
    for (auto const* name : {"mlp", "often", "never"})
      REQUIRE(proxy.infer(name, mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("often") == "OutOfService"; }));
    std::this_thread::sleep_for(500ms);
    CHECK(proxy.state("never") != "OutOfService");
    CHECK(proxy.infer("never", mlp_body()).status == 200);
    write("often", own + "functional_check_interval = 0.1\nenabled = false\n");
    write("never", own + "functional_check_interval = 0.1\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(proxy.infer("often", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.state("never") == "OutOfService"; }));
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("who is out of service by its canary serves again when nobody judges any more")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.write("mlp/model.toml", models.read("mlp/model.toml") + mlp_canary_that_fails);
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    std::ofstream(file) << "";
    auto const proxy = proxy_process(models,
                                     {"autoscaling.health_monitoring.functional_check_interval=0.1",
                                      "autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"},
                                     {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(eventually([&] { return proxy.state("mlp") == "OutOfService"; }));
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 503);
    std::ofstream(file) << "[autoscaling.health_monitoring]\nenabled = false\n";
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(proxy.state("mlp") != "OutOfService");
    auto const health = client(proxy.admin()).get("/v1/health").json();
    CHECK(health.at("status") != "critical");
    CHECK(health.at("models").at(0).at("score").is_null());
    CHECK(proxy.model("mlp").at("health").is_null());
    CHECK(metric(proxy, "pilotlight_model_health_ratio") == -1); // no sample
  }
}
