// Does prediction_goal change how a model rests, on the same history?
#include "proxy/config/policy_of.hpp"
#include "proxy/history/database.hpp"
#include "tests/process/proxy_load.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;
namespace predict = pilotlight::predict;

namespace {

/// Calls come at any gap from 5 to 15 minutes, the last was six minutes ago; the plain delay of ten minutes catches
/// half of them. Fewer waits for that much memory: warm from the fifth minute on. Less memory for as many waits: cold
/// until the ninth or so, on a machine where a start costs as much memory as it did in the history.
void write_history(std::string const& file)
{
  auto limits = pilotlight::model_limits();
  limits.scale_to_zero_delay = 600s;
  limits.keep_alive_min = 100ms;
  auto learned = predict::predictor(pilotlight::config::predictor_of(limits));
  auto const long_ago =
      std::chrono::time_point_cast<predict::duration>(std::chrono::system_clock::now()) - 1h * 24 * 30;
  learned.advise(long_ago, long_ago, pilotlight::decide::start_costs());
  auto gaps = std::vector<int>();
  auto all = 0;
  for (auto i = 0; i < 300; ++i)
    all += gaps.emplace_back(300 + i * 37 % 601);
  auto when = std::chrono::time_point_cast<predict::duration>(std::chrono::system_clock::now()) - 360s -
              std::chrono::seconds(all);
  learned.arrived(when);
  for (auto const gap : gaps)
    learned.arrived(when += std::chrono::seconds(gap));
  auto opened = pilotlight::history::database::open(file);
  REQUIRE(opened.has_value());
  auto const entries = std::vector<pilotlight::history::entry>{{"mlp:1", "predictor", learned.save()}};
  REQUIRE(opened->save(entries).has_value());
}

} // namespace

TEST_SUITE("proxy prediction goal")
{
  TEST_CASE("prediction_goal: less_memory rests where fewer_waits is ready: a reload turns one into the other")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const goal = [&](std::string const& what) {
      models.write("mlp/model.toml", "[autoscaling.zero_scaling]\nprediction_goal = \"" + what + "\"\n");
    };
    goal("less_memory");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("history.sqlite");
    write_history(file);
    auto const proxy = proxy_process(models, {"history.file=" + file, "autoscaling.tick=0.1",
                                              "autoscaling.zero_scaling.enable_predictive_scaling=true",
                                              "autoscaling.zero_scaling.scale_to_zero_delay=600.0",
                                              "autoscaling.zero_scaling.keep_alive_min=0.1",
                                              "autoscaling.zero_scaling.latency_target=0.001"});
    std::this_thread::sleep_for(1s);
    CHECK(proxy.instances("mlp").empty());
    CHECK_FALSE(decided(proxy, "mlp", "scale").has_value());
    goal("fewer_waits");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    CHECK(decided(proxy, "mlp", "scale", "a call is expected").has_value());
  }
}
