// Where there is not enough for all: who gets the place or the memory, and who gives way?
#include "tests/process/proxy_load.hpp"

#include <doctest/doctest.h>
#include <fstream>

using namespace proxy_tests;

namespace {

std::string with_priority(int priority)
{
  return "[autoscaling.model_loader]\npriority = " + std::to_string(priority) + "\n";
}

std::uint64_t bytes_of_models(proxy_process const& proxy)
{
  auto const all = client(proxy.admin()).get("/v1/models").json();
  auto sum = all.at("proxy").at("zygote_pss_bytes").to_number<std::uint64_t>();
  for (auto const& each : all.at("models").as_array())
    sum += each.at("pss_bytes").to_number<std::uint64_t>();
  return sum;
}

/// Two models that serve and have been weighed; then the node has this much room left, and `wants` a second instance.
struct short_of_memory
{
  explicit short_of_memory(std::string const& wants)
  {
    for (auto const* name : {"important", "other"}) {
      REQUIRE(proxy.infer(name, mlp_body()).status == 200);
      REQUIRE(eventually([&] {
        auto const one = proxy.model(name);
        auto const& instances = one.at("instances").as_array();
        return instances.size() == 1 && instances[0].at("pss_bytes").to_number<std::uint64_t>() > 0;
      }));
    }
    std::ofstream(file) << "[autoscaling.resources]\nmemory = " << bytes_of_models(proxy) + (1U << 20U) << '\n';
    models.write(wants + "/model.toml", models.read(wants + "/model.toml") + "min_instances = 2\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
  }

  static repository two()
  {
    auto made = repository();
    for (auto const* name : {"important", "other"})
      made.add_demo("mlp", name);
    made.write("important/model.toml", with_priority(10));
    made.write("other/model.toml", with_priority(0));
    return made;
  }
  static std::string empty(std::string file)
  {
    std::ofstream(file) << "";
    return file;
  }

  repository models = two();
  worker_tests::scratch_folder folder;
  std::string file = empty(folder.path("pilotlight.toml"));
  proxy_process proxy{
      models, {"autoscaling.tick=0.2", "autoscaling.thresholds.memory_scale_up=100"}, {"--config", file}};
};

} // namespace

TEST_SUITE("proxy priority")
{
  TEST_CASE(
      "max_loaded_models: the least important idle model gives way, though a more important one is idle for longer")
  {
    auto models = repository();
    for (auto const* name : {"important", "other", "third"})
      models.add_demo("mlp", name);
    models.write("important/model.toml", with_priority(10));
    models.write("other/model.toml", with_priority(-10));
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.max_loaded_models=2"});
    REQUIRE(proxy.infer("important", mlp_body()).status == 200);
    auto const kept = proxy.instances("important");
    REQUIRE(proxy.infer("other", mlp_body()).status == 200);
    REQUIRE(proxy.infer("third", mlp_body()).status == 200);
    CHECK(proxy.state("other") == "Zero");
    CHECK(proxy.instances("important") == kept);
  }

  TEST_CASE(
      "CPU is short: instances that nobody waits for stay away, with the figures; a request still starts its model")
  {
    auto models = repository();
    models.add_odd("slow");
    models.add_demo("mlp");
    models.write("slow/model.toml", "[autoscaling.model_loader]\nmax_instances_per_model = 1\n");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    std::ofstream(file) << "[autoscaling.resources]\ncores = 1\n";
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"}, {"--config", file});
    auto load = steady_load(proxy, 2, "slow", slow_body(300));
    auto const busy = [&] {
      auto const one = proxy.model("slow");
      auto const& instances = one.at("instances").as_array();
      return !instances.empty() && instances[0].at("cpu_cores").to_number<double>() > 0.2;
    };
    REQUIRE(eventually(busy));
    models.write("mlp/model.toml", "[autoscaling.model_loader]\nmin_instances = 2\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    REQUIRE(eventually([&] { return decided(proxy, "mlp", "refuse", " of 1 cores are in use").has_value(); }));
    CHECK(proxy.instances("mlp").empty());
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(proxy.instances("mlp").size() == 1);
    load.stop();
    CHECK(load.failed() == 0);
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 2; }));
  }

  TEST_CASE("CPU is short: a less important model gives up its second instance, and gets it back when it is free again")
  {
    auto models = repository();
    for (auto const* name : {"important", "other"})
      models.add_odd("slow", {}, name);
    models.write("important/model.toml", with_priority(10));
    models.write("other/model.toml", with_priority(-10));
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    std::ofstream(file) << "[autoscaling.resources]\ncores = 2\n";
    auto const proxy =
        proxy_process(models,
                      {"autoscaling.tick=0.2", "worker.threads=1", "autoscaling.model_loader.max_instances_per_model=2",
                       "autoscaling.windows.stable=4", "autoscaling.windows.panic=1",
                       "autoscaling.windows.stabilization=2", "autoscaling.windows.scale_down_cooldown=1"},
                      {"--config", file});
    auto const count = [&](char const* name) { return proxy.instances(name).size(); };
    auto others = steady_load(proxy, 4, "other", slow_body(300));
    REQUIRE(eventually([&] { return count("other") == 2; }));
    auto const cores_of_others = [&] {
      auto const one = proxy.model("other");
      auto sum = 0.0;
      for (auto const& each : one.at("instances").as_array())
        sum += each.at("cpu_cores").to_number<double>();
      return sum;
    };
    if (!eventually([&] { return cores_of_others() > 1.6; }, 10s)) { // what others use of the CPU does not decide
      MESSAGE("others have the CPU: not tested");
      return;
    }
    auto load = steady_load(proxy, 4, "important", slow_body(300));
    REQUIRE(
        eventually([&] { return decided(proxy, "other", "scale", "model 'important' needs its place").has_value(); }));
    REQUIRE(eventually([&] { return count("other") == 1; }));
    // Both want two of two cores: the more important one lacks them still, so nobody wins anything back.
    for (auto i = 0; i < 20; ++i) {
      CHECK(count("other") == 1);
      std::this_thread::sleep_for(100ms);
    }
    others.stop();
    CHECK(eventually([&] { return count("important") == 2; })); // a later tick gives what is free now
    CHECK(load.failed() == 0);
    CHECK(others.failed() == 0);
  }

// A sanitized worker weighs many times as much, and not the same from moment to moment.
#if !defined(__SANITIZE_ADDRESS__)
  TEST_CASE(
      "memory is short: an idle model makes room for a more important one, with the reason; the node is not counted")
  {
    auto const pair = short_of_memory("important");
    auto const& proxy = pair.proxy;
    CHECK(eventually([&] { return proxy.instances("important").size() == 2; }));
    CHECK(proxy.instances("other").empty());
    CHECK(decided(proxy, "other", "evict", "model 'important' needs its place").has_value());
  }

  TEST_CASE("memory is short: a less important model is refused its second instance, with the figures, and serves on")
  {
    auto const pair = short_of_memory("other");
    auto const& proxy = pair.proxy;
    REQUIRE(eventually([&] { return decided(proxy, "other", "refuse").has_value(); }));
    auto const why = std::string(decided(proxy, "other", "refuse")->at("reason").as_string());
    INFO(why);
    CHECK(why.find("2 instances wanted (") == 0);
    CHECK(why.find("of the node's memory may be used, and no idle model may go for it") != std::string::npos);
    CHECK(proxy.instances("other").size() == 1);
    CHECK(proxy.instances("important").size() == 1);
    CHECK(proxy.infer("other", mlp_body()).status == 200);
  }
#endif
}
