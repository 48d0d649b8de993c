// Strategies that look at the instances: who gets less when it is busy, or slow?
#include "tests/process/proxy_load.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <sys/resource.h>

using namespace proxy_tests;

namespace {

std::string by(std::string const& strategy)
{
  return "autoscaling.model_loader.load_balancing_strategy=" + strategy;
}

/// CPU that this instance of `slow` has used, as last sampled.
double cores_of(proxy_process const& proxy, std::size_t which)
{
  auto const seen = proxy.model("slow");
  return seen.at("instances").as_array().at(which).at("cpu_cores").to_number<double>();
}

/// Gives it the CPU before anybody else, where that is allowed: alone, and in its session.
void favour(pid_t pid)
{
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), -20);
  std::ofstream("/proc/" + std::to_string(pid) + "/autogroup") << "-20";
}

/// How many of twenty small requests, one after the other, each instance of `slow` gets.
std::vector<int> shares_of_twenty(proxy_process const& proxy)
{
  auto const before = served(proxy, "slow");
  for (auto i = 0; i < 20; ++i)
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
  auto after = served(proxy, "slow");
  for (std::size_t i = 0; i < after.size(); ++i)
    after[i] -= before.at(i);
  return after;
}

/// A process that is let run for a tenth of the time, whatever else runs on the machine.
class stutter
{
public:
  explicit stutter(pid_t pid)
      : pid_(pid), thread_([this] {
          while (!over_) {
            ::kill(pid_, SIGSTOP);
            std::this_thread::sleep_for(18ms);
            ::kill(pid_, SIGCONT);
            std::this_thread::sleep_for(2ms);
          }
        })
  {
  }
  ~stutter()
  {
    over_ = true;
    thread_.join(); // it was let go at last
  }
  stutter(stutter const&) = delete;
  stutter& operator=(stutter const&) = delete;

private:
  pid_t pid_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

} // namespace

TEST_SUITE("proxy balancing by load")
{
  TEST_CASE("resource_based: an instance that has used its CPU gets less, though nothing is inside it")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {by("resource_based"), "autoscaling.tick=0.1", "worker.threads=1",
                                              "autoscaling.model_loader.min_instances=2",
                                              "autoscaling.model_loader.max_instances_per_model=2"});
    REQUIRE(eventually([&] { return proxy.instances("slow").size() == 2; }));
    // A large answer stays in its instance's memory, so the other one is liked better from now on.
    auto values = std::vector<float>(1'500'000);
    values[0] = 1;
    REQUIRE(proxy.infer("slow", floats_body(values, {1'500'000})).status == 200);
    auto const heavy = served(proxy, "slow").at(0) == 1 ? std::size_t{0} : std::size_t{1};
    auto const light = 1 - heavy;
    auto const rests = [&] { return cores_of(proxy, light) < 0.1 && shares_of_twenty(proxy)[light] >= 18; };
    favour(proxy.instances("slow").at(light));
    auto was_busy = false;
    auto moved = false;
    for (auto turn = 0; turn < 4 && !moved; ++turn) { // a new sample in between may spoil one
      REQUIRE(eventually(rests));
      REQUIRE(client(proxy.port(), 60s).ask("/v2/models/slow/infer", slow_body(12'000)).status == 200);
      if (!eventually([&] { return cores_of(proxy, light) > 0.7; }, 300ms)) continue;
      was_busy = true;
      moved = eventually([&] { return shares_of_twenty(proxy)[heavy] >= 15; }, 1s); // the next tick tells the balancer
    }
    if (was_busy)
      CHECK(moved);
    else
      MESSAGE("nobody gets much CPU here: not tested");
  }

  TEST_CASE("response_time and predicted: one that has become slow gets less than half of what its neighbour gets")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const* strategy = "";
    SUBCASE("response_time")
    {
      strategy = "response_time";
    }
    SUBCASE("predicted")
    {
      strategy = "predicted";
    }
    auto const proxy = proxy_process(models, {by(strategy), "worker.threads=1", "autoscaling.enabled=false"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    REQUIRE(proxy.ask_admin("/v1/models/slow/scale", R"({"instances":2})").status == 200);
    REQUIRE(eventually([&] { return proxy.instances("slow").size() == 2; }));
    auto const slowed = stutter(proxy.instances("slow").at(0));
    auto const load = steady_load(proxy, 2, "slow", slow_body(10));
    REQUIRE(load.more(50)); // it learns
    auto const before = served(proxy, "slow");
    REQUIRE(load.more(200));
    auto const after = served(proxy, "slow");
    CHECK(2 * (after.at(0) - before.at(0)) < after.at(1) - before.at(1));
    CHECK(load.failed() == 0);
  }

  TEST_CASE("reweigh: under normal load the weights follow what each instance was measured to take, and so do requests")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {by("weighted"), "worker.threads=1", "autoscaling.tick=0.1",
                                              "autoscaling.windows.panic=1", "autoscaling.model_loader.min_instances=2",
                                              "autoscaling.model_loader.max_instances_per_model=2"});
    REQUIRE(eventually([&] { return proxy.instances("slow").size() == 2; }));
    auto const slowed = stutter(proxy.instances("slow").at(0));
    auto const load = steady_load(proxy, 2, "slow", slow_body(100)); // longer than a slice: each is slow there
    auto const weighed = [&] {
      for (auto const& one : decisions(proxy, "slow"))
        if (one.at("action") == "reweigh" && one.at("weights").as_array().size() == 2 &&
            one.at("weights").at(0).to_number<double>() < 0.5 && one.at("weights").at(1).to_number<double>() == 1)
          return true;
      return false;
    };
    CHECK(eventually(weighed));
    auto const before = served(proxy, "slow");
    REQUIRE(load.more(100));
    auto const after = served(proxy, "slow");
    CHECK(3 * (after.at(0) - before.at(0)) < 2 * (after.at(1) - before.at(1)));
    CHECK(load.failed() == 0);
  }
}
