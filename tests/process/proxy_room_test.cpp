// Who makes room for whom: places and memory of a node that is too small for all of its models.
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace proxy_tests;

namespace {

constexpr auto one_place = "autoscaling.zero_scaling.max_loaded_models=1";

void add_to_toml(repository& models, std::string const& name, std::string const& lines)
{
  models.write(name + "/model.toml", lines + "\n" + models.read(name + "/model.toml"));
}

} // namespace

TEST_SUITE("proxy room")
{
  TEST_CASE("a place that an idle model has left is free for a floor of another one")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("mlp", "other");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const write = [&](std::string const& text) {
      std::ofstream(file + ".new") << text;
      std::filesystem::rename(file + ".new", file);
    };
    write("");
    auto const proxy =
        proxy_process(models, {one_place, "autoscaling.tick=0.2", "autoscaling.zero_scaling.scale_to_zero_delay=0.3"},
                      {"--config", file});
    REQUIRE(proxy.infer("other", mlp_body()).status == 200);
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    write("[[autoscaling.schedules]]\nmodel = \"mlp\"\nwhen = \"daily 00:00-24:00\"\n");
    proxy.signal(SIGHUP);
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 1; }));
  }

  TEST_CASE("a request makes no room where a more important model must stay: it waits, and is told why")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("mlp", "other");
    add_to_toml(models, "mlp", "autoscaling.model_loader.min_instances = 1\nautoscaling.model_loader.priority = 10\n");
    auto const proxy = proxy_process(models, {one_place, "autoscaling.tick=0.2", "hold.max_wait=1"});
    REQUIRE(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    auto const there = proxy.instances("mlp");
    auto const refused = proxy.infer("other", mlp_body());
    CHECK(refused.status == 503);
    CHECK(refused.error() == "model 'other' took longer than hold.max_wait: 1 model is loaded, max_loaded_models "
                             "allows no more, and none is idle that may go");
    CHECK(proxy.instances("mlp") == there);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("a request makes room where an idle model of no higher priority may go, and explain names both")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("mlp", "other");
    auto const proxy = proxy_process(models, {one_place, "autoscaling.tick=0.2"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(proxy.infer("other", mlp_body()).status == 200);
    CHECK(proxy.instances("mlp").empty());
    auto const made = client(proxy.admin()).get("/v1/decisions?model=mlp").json().at("decisions").as_array();
    REQUIRE_FALSE(made.empty());
    CHECK(made.back().at("action") == "evict");
    CHECK(made.back().at("reason") == "model 'other' is asked for and needs its place");
  }

  TEST_CASE("when several models wait for their start, the one that most requests wait for goes first")
  {
    auto models = repository();
    for (auto const* name : {"there", "first", "seldom", "often"})
      models.add_demo("mlp", name);
    auto const proxy = proxy_process(models, {"worker.parallel_starts=1", "autoscaling.tick=0.2"});
    REQUIRE(proxy.infer("there", mlp_body()).status == 200);
    auto const zygote = proxy.with_role("zygote").at(0);
    ::kill(zygote, SIGSTOP); // whose start is under way waits for it, and everybody for that start
    auto waiting = proxy.send("first", mlp_body(), 1);
    REQUIRE(eventually([&] { return proxy.logged("model first:1: starting,") == 1; }));
    for (auto& each : proxy.send("seldom", mlp_body(), 2))
      waiting.push_back(std::move(each));
    for (auto& each : proxy.send("often", mlp_body(), 5))
      waiting.push_back(std::move(each));
    REQUIRE(eventually([&] { return proxy.model("often").at("held").as_int64() == 5; }));
    REQUIRE(proxy.model("seldom").at("held").as_int64() == 2);
    ::kill(zygote, SIGCONT);
    for (auto const& each : waiting)
      CHECK(each->read().status == 200);
    auto const log = proxy.log();
    CHECK(log.find("model often:1: starting,") < log.find("model seldom:1: starting,"));
  }

  TEST_CASE("load of a model that has just come into the repository makes room like a request")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {one_place, "autoscaling.tick=0.2"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    models.add_demo("mlp", "late");
    CHECK(client(proxy.port()).ask("/v2/repository/models/late/load", "").status == 200);
    CHECK(proxy.instances("late").size() == 1);
    CHECK(proxy.instances("mlp").empty());
    CHECK(proxy.infer("late", mlp_body()).status == 200);
  }

  TEST_CASE("prediction keeps nobody from a place: who is not asked for makes room, and does not come back by itself")
  {
    auto models = repository();
    auto const names = {"first", "second", "third"};
    for (auto const* name : names)
      models.add_demo("mlp", name);
    for (auto const* predicts : {"false", "true"}) {
      CAPTURE(predicts);
      auto const proxy = proxy_process(
          models, {"autoscaling.zero_scaling.max_loaded_models=2", "hold.max_wait=3", "autoscaling.tick=0.2",
                   "autoscaling.zero_scaling.latency_target=0.002", "autoscaling.zero_scaling.scale_to_zero_delay=300",
                   std::string("autoscaling.zero_scaling.enable_predictive_scaling=") + predicts});
      for (auto const* name : names) {
        CAPTURE(name);
        auto const asked = std::chrono::steady_clock::now();
        CHECK(proxy.infer(name, mlp_body()).status == 200);
        CHECK(std::chrono::steady_clock::now() - asked < 2s);
        std::this_thread::sleep_for(2500ms); // idle for longer than its instance is kept in any case
      }
      // An instance, or its model zygote alone where a fork is quick enough.
      auto const loaded = [&](std::string const& name) { return proxy.with_role("model zygote " + name).size(); };
      CHECK(loaded("third") == 1);
      CHECK(loaded("first") + loaded("second") == 1);
      auto evicted = 0;
      for (auto const* name : names)
        for (auto const& one : decisions(proxy, name))
          if (one.at("action") == "evict") {
            ++evicted;
            CHECK(one.at("reason").as_string().starts_with("model 'third' "));
            CHECK(
                one.at("reason").as_string().ends_with(" needs its place")); // its first request, or the tick after it
          }
      CHECK(evicted == 1);
    }
  }

  TEST_CASE("memory that is configured for all models together is never exceeded by a start; the wait ends with why")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.resources.memory=1 MiB", "hold.max_wait=1"});
    auto const refused = proxy.infer("mlp", mlp_body());
    CHECK(refused.status == 503);
    CHECK(refused.error().find("of the node's memory may be used") != std::string::npos);
    CHECK(decided(proxy, "mlp", "refuse", "of the node's memory may be used").has_value());
    CHECK(proxy.workers().empty());
  }
}
