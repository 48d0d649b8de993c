// What asks for one more instance: each signal by itself, in the running server.
#include "tests/process/proxy_load.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;

TEST_SUITE("proxy signals")
{
  TEST_CASE("target_concurrency: more requests inside than that for each instance start another one")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(
        models, {"autoscaling.tick=0.1", "worker.threads=1", "autoscaling.thresholds.target_concurrency=1.0",
                 "autoscaling.thresholds.cpu_scale_up=99.0", "autoscaling.model_loader.max_instances_per_model=2"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const load = steady_load(proxy, 4, "slow", slow_body(20));
    CHECK(eventually([&] { return proxy.instances("slow").size() == 2; }));
    CHECK(decided(proxy, "slow", "scale", "target 1 per instance").has_value());
    CHECK(load.failed() == 0);
  }

  TEST_CASE("cpu_scale_up: an instance that is busier than that gets a second one, by no other signal")
  {
    auto models = repository();
    models.add_odd("slow");
    for (auto const* threshold : {"99.0", "20.0"}) {
      CAPTURE(threshold);
      auto const proxy =
          proxy_process(models, {"autoscaling.tick=0.1", "worker.threads=1", "autoscaling.windows.stable=5",
                                 "autoscaling.windows.panic=1", "autoscaling.thresholds.utilization_target=0.95",
                                 "autoscaling.thresholds.target_concurrency=1000.0",
                                 std::string("autoscaling.thresholds.cpu_scale_up=") + threshold,
                                 "autoscaling.thresholds.cpu_scale_down=5.0", "autoscaling.dry_run=true"});
      auto const until = clock::now() + 8s;
      auto const asked = [&] { return decided(proxy, "slow", "scale", "cpu_scale_up").has_value(); };
      while (clock::now() < until && !asked()) { // half of the time nothing is inside
        auto const from = clock::now();
        REQUIRE(proxy.infer("slow", slow_body(300)).status == 200);
        std::this_thread::sleep_for(clock::now() - from);
      }
      CHECK(asked() == (std::string(threshold) == "20.0"));
    }
  }

  TEST_CASE("response_time_max: requests that wait longer than that, of a model that is quicker by itself, do so too")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, {"autoscaling.tick=0.1", "worker.threads=1", "autoscaling.thresholds.cpu_scale_up=99.0",
                               "autoscaling.thresholds.target_concurrency=1000.0"});
    auto const body = slow_body(200);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const burst = [&](int count) {
      auto const from = clock::now();
      for (auto const& each : send_each(proxy.port(), "/v2/models/slow/infer", body, count))
        REQUIRE(each->read().status == 200);
      return clock::now() - from;
    };
    auto alone = burst(1);
    for (auto i = 0; i < 4; ++i)
      alone = std::min(alone, burst(1));
    auto const most = 2.5 * std::chrono::duration<double>(alone).count();
    models.write("slow/model.toml", "[autoscaling]\ndry_run = true\n[autoscaling.thresholds]\nresponse_time_max = " +
                                        std::to_string(most) + "\n");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    // Three quarters of the time nothing is inside: only the wait is too long.
    CHECK(eventually([&] {
      std::this_thread::sleep_for(3 * burst(8));
      return decided(proxy, "slow", "scale", "response_time_max").has_value();
    }));
  }
}
