// Is an instance as fast as its model used to be? The performance check, on work that has become slower.
#include "tests/process/proxy_load.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

constexpr auto quick = 10, tedious = 200; // units of the slow module's work

std::vector<std::string> checked_often(std::vector<std::string> more)
{
  more.insert(more.end(),
              {"autoscaling.tick=0.1", "autoscaling.health_monitoring.performance_check_interval=0.2",
               "autoscaling.health_monitoring.basic_check_interval=0.1",
               "autoscaling.health_monitoring.failure_threshold=2", "worker.threads=1", "autoscaling.enabled=false"});
  return more;
}

/// Each instance in /v1/health whose last performance check was passed.
std::vector<boost::json::value> quick_ones(proxy_process const& proxy)
{
  auto found = std::vector<boost::json::value>();
  auto const health = client(proxy.admin()).get("/v1/health").json();
  for (auto const& one : health.at("models").at(0).at("instances").as_array())
    if (auto const* its = one.at("checks").as_object().if_contains("performance");
        its && its->is_object() && its->at("last_score").as_int64() >= 80)
      found.push_back(one);
  return found;
}

} // namespace

TEST_SUITE("proxy performance")
{
  TEST_CASE(
      "work that takes much longer than normal is found, told, and degrades the only instance: it may be the work")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, checked_often({}));
    REQUIRE(proxy.infer("slow", slow_body(quick)).status == 200);
    auto const instance = proxy.instances("slow");
    {
      auto const load = steady_load(proxy, 1, "slow", slow_body(quick));
      REQUIRE(eventually([&] { return quick_ones(proxy).size() == 1; })); // normal is known
    }
    auto const load = steady_load(proxy, 1, "slow", slow_body(tedious));
    auto const degraded = [&] {
      auto const health = client(proxy.admin()).get("/v1/health").json();
      return health.at("models").at(0).at("instances").at(0).at("level") == "degraded";
    };
    CHECK(eventually(degraded));
    auto const told = [&] {
      auto const health = client(proxy.admin()).get("/v1/health").json();
      for (auto const& one : health.at("last_failures").as_array())
        if (one.at("check") == "performance" && one.at("reason").as_string().find(", normal is ") != std::string::npos)
          return true;
      return false;
    };
    CHECK(told());
    CHECK(proxy.instances("slow") == instance);
    CHECK(load.failed() == 0);
  }

  TEST_CASE("an instance that is slow while its sibling is fast is replaced")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, checked_often({"autoscaling.model_loader.load_balancing_strategy=geographic",
                                             R"(balancing.zones=[{name="north"},{name="south"}])",
                                             R"(balancing.instance_zones=["north","south"])"}));
    auto north = client(proxy.port()), south = client(proxy.port());
    auto const ask = [](client& one, std::string const& zone, int units) {
      for (auto i = 0; i < 20; ++i)
        REQUIRE(one.ask("/v2/models/slow/infer", slow_body(units), "X-Pilotlight-Zone: " + zone + "\r\n").status ==
                200);
    };
    ask(north, "north", 1);
    REQUIRE(proxy.ask_admin("/v1/models/slow/scale", R"({"instances":2})").status == 200);
    REQUIRE(eventually([&] { return proxy.instances("slow").size() == 2; }));
    auto const before = proxy.instances("slow");
    REQUIRE(eventually([&] {
      ask(north, "north", quick);
      ask(south, "south", quick);
      return quick_ones(proxy).size() == 2;
    }));
    // One of these among twenty quick ones is slow enough to make it unhealthy. If it was degraded first, its sibling
    // would get what is tedious too.
    constexpr auto very_tedious = 5 * tedious;
    auto const north_passes = [&] { // whatever else the machine does: a sibling that is slow too excuses the south
      ask(north, "north", quick);
      std::this_thread::sleep_for(400ms);
      return std::ranges::any_of(quick_ones(proxy), [](auto const& one) { return one.at("number") == 1; });
    };
    CHECK(eventually(
        [&] {
          ask(south, "south", very_tedious);
          return eventually(north_passes) && decided(proxy, "slow", "replace").has_value();
        },
        60s));
    CHECK(eventually([&] { return !alive(before.at(1)) && proxy.instances("slow").size() == 2; }));
    CHECK(alive(before.at(0)));
  }
}
