// Who runs on which CPUs? What the arbiter of cores gives out is read back from the kernel.
#include "tests/process/proxy_load.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <set>

using namespace proxy_tests;

namespace {

std::set<int> cpus_of(pid_t task)
{
  auto set = cpu_set_t();
  CPU_ZERO(&set);
  auto found = std::set<int>();
  if (::sched_getaffinity(task, sizeof set, &set) != 0) return found;
  for (auto i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) found.insert(i);
  return found;
}

/// Of all its threads together.
std::set<int> cpus_of_process(pid_t pid)
{
  auto all = std::set<int>();
  for (auto const& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task"))
    all.merge(cpus_of(std::stoi(task.path().filename().string())));
  return all;
}

void staff(proxy_process const& proxy, std::size_t count)
{
  REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", "{\"instances\":" + std::to_string(count) + "}").status == 200);
  REQUIRE(eventually([&] { return proxy.instances("mlp").size() == count; }));
}

/// Intra-op threads of all instances of these models that are ready.
std::multiset<int> threads_of(proxy_process const& proxy, std::vector<std::string> const& names)
{
  auto all = std::multiset<int>();
  for (auto const& name : names) {
    auto const model = proxy.model(name);
    for (auto const& each : model.at("instances").as_array())
      if (each.at("state") == "ready") all.insert(each.at("compute_threads").to_number<int>());
  }
  return all;
}

} // namespace

TEST_SUITE("proxy resources")
{
  TEST_CASE("worker.threads is what an instance gets at most: over all models there are no more than there are cores")
  {
    auto models = repository();
    for (auto const* name : {"first", "second"})
      models.add_demo("mlp", name);
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    std::ofstream(file) << "[autoscaling.resources]\ncores = 2\n";
    auto const proxy = proxy_process(models, {"worker.threads=2", "autoscaling.enabled=false"}, {"--config", file});
    auto const cores = std::min<int>(2, static_cast<int>(cpus_of(0).size()));
    REQUIRE(proxy.infer("first", mlp_body()).status == 200);
    CHECK(eventually([&] { return threads_of(proxy, {"first"}) == std::multiset{cores}; }));
    REQUIRE(proxy.infer("second", mlp_body()).status == 200);
    CHECK(eventually([&] { return threads_of(proxy, {"first", "second"}) == std::multiset{1, 1}; }));
    CHECK(proxy.infer("first", mlp_body()).status == 200);
    REQUIRE(proxy.ask_admin("/v1/models/second/scale", "{\"instances\":0}").status == 200);
    CHECK(eventually([&] { return threads_of(proxy, {"first"}) == std::multiset{cores}; }));
    CHECK(proxy.infer("first", mlp_body()).status == 200);
  }

  TEST_CASE("pin_cpus: each instance has CPUs of its own, all of its threads, and none that the proxy has not")
  {
    auto const own = cpus_of(0);
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.resources.pin_cpus=true", "autoscaling.enabled=false",
                                              "autoscaling.model_loader.max_instances_per_model=256"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    for (auto const count : std::set<std::size_t>{1, 2, std::min<std::size_t>(own.size(), 4)}) {
      CAPTURE(count);
      staff(proxy, count);
      auto dealt = std::set<int>();
      auto sum = std::size_t{0};
      for (auto const pid : proxy.instances("mlp")) {
        auto const its = cpus_of_process(pid);
        CHECK_FALSE(its.empty());
        sum += its.size();
        dealt.insert(its.begin(), its.end());
      }
      for (auto const cpu : dealt)
        CHECK(own.contains(cpu));
      if (count <= own.size()) CHECK(dealt.size() == sum); // no CPU twice
    }
  }

  TEST_CASE("pin_cpus: a reload pins those that run, and sets them free")
  {
    auto const own = cpus_of(0);
    if (own.size() < 2) return;
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const say = [&](bool pinned) {
      std::ofstream(file) << "[autoscaling]\nenabled = false\n[autoscaling.resources]\npin_cpus = "
                          << (pinned ? "true" : "false") << '\n';
    };
    say(false);
    auto const proxy = proxy_process(models, {}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    staff(proxy, 2);
    auto const dealt = [&](auto condition) {
      auto const all = proxy.instances("mlp");
      return std::ranges::all_of(all, [&](pid_t pid) { return condition(cpus_of_process(pid).size()); });
    };
    for (auto const pinned : {true, false, true}) {
      say(pinned);
      REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
      CHECK(eventually(
          [&] { return dealt([&](std::size_t count) { return pinned ? count < own.size() : count == own.size(); }); }));
    }
  }

  TEST_CASE("more instances than CPUs share them evenly, one each; without pin_cpus every CPU is everybody's")
  {
    auto const own = cpus_of(0);
    auto models = repository();
    models.add_demo("mlp");
    for (auto const pinned : {true, false}) {
      if (own.size() > 8) continue; // so many processes would take long
      auto const proxy =
          proxy_process(models, {std::string("autoscaling.resources.pin_cpus=") + (pinned ? "true" : "false"),
                                 "autoscaling.enabled=false", "autoscaling.model_loader.max_instances_per_model=256"});
      REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
      staff(proxy, own.size() + 1);
      auto uses = std::multiset<int>();
      for (auto const pid : proxy.instances("mlp")) {
        auto const its = cpus_of_process(pid);
        CHECK(its.size() == (pinned ? 1 : own.size()));
        uses.insert(its.begin(), its.end());
      }
      if (pinned)
        for (auto const cpu : own)
          CHECK((uses.count(cpu) == 1 || uses.count(cpu) == 2));
    }
  }
}
