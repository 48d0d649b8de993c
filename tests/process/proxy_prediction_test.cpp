// Does the running proxy act on what was learned: ready before an expected call, and resting where it is cheap enough?
#include "proxy/config/policy_of.hpp"
#include "proxy/history/database.hpp"
#include "tests/process/proxy_load.hpp"

#include <doctest/doctest.h>
#include <fstream>

using namespace proxy_tests;
namespace predict = pilotlight::predict;

namespace {

using wall = std::chrono::system_clock;
constexpr auto period = 40s;

predict::instant as_instant(wall::time_point when)
{
  return std::chrono::time_point_cast<predict::duration>(when);
}

/// A history in which the model was called every forty seconds, give or take, and is called next at that time.
void write_timer(std::string const& file, wall::time_point next)
{
  auto limits = pilotlight::model_limits();
  limits.scale_to_zero_delay = 20s;
  limits.keep_alive_min = 100ms;
  auto learned = predict::predictor(pilotlight::config::predictor_of(limits));
  for (auto i = 60; i > 0; --i)
    learned.arrived(as_instant(next - i * period + std::chrono::milliseconds(i * 7 % 13 * 300 - 1800)));
  REQUIRE(learned.named() == predict::pattern::periodic);
  auto opened = pilotlight::history::database::open(file);
  REQUIRE(opened.has_value());
  auto const entries = std::vector<pilotlight::history::entry>{{"mlp:1", "predictor", learned.save()}};
  REQUIRE(opened->save(entries).has_value());
}

/// A history in which the model got so many requests in each second of the last days.
void write_steady(std::string const& file, std::string const& model, std::uint64_t per_second)
{
  auto learned = predict::predictor(pilotlight::config::predictor_of(pilotlight::model_limits()));
  auto const now = wall::now();
  for (auto ago = 8 * 24h + 0s; ago > 0s; ago -= 10s)
    learned.arrived(as_instant(now - ago), 10 * per_second);
  auto opened = pilotlight::history::database::open(file);
  REQUIRE(opened.has_value());
  auto const entries = std::vector<pilotlight::history::entry>{{model, "predictor", learned.save()}};
  REQUIRE(opened->save(entries).has_value());
}

/// From "zygote ready after 123 ms" in the log.
double zygote_start_ms(proxy_process const& proxy)
{
  constexpr auto words = std::string_view("zygote ready after ");
  auto const text = proxy.log();
  auto const at = text.find(words);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + words.size()));
}

} // namespace

TEST_SUITE("proxy prediction")
{
  TEST_CASE("who is called by the clock is ready before the call, pays no cold start, and rests again soon after")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("history.sqlite");
    auto const call = wall::now() + 5s;
    write_timer(file, call);
    auto const proxy = proxy_process(models, {"history.file=" + file, "autoscaling.tick=0.1",
                                              "autoscaling.zero_scaling.enable_predictive_scaling=true",
                                              "autoscaling.zero_scaling.scale_to_zero_delay=20.0",
                                              "autoscaling.zero_scaling.keep_alive_min=0.1",
                                              "autoscaling.zero_scaling.latency_target=0.001"});
    CHECK(proxy.model("mlp").at("pattern") == "periodic");
    REQUIRE(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    auto const why = decided(proxy, "mlp", "scale", "a call is expected");
    REQUIRE(why.has_value());
    CHECK(why->at("forecast").at("floor") == "instance");
    CHECK(why->at("facts").at("waiting") == 0);
    std::this_thread::sleep_until(call);
    auto const answer = proxy.infer("mlp", mlp_body());
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.headers.contains("x-pilotlight-cold-start"));
    CHECK(eventually([&] { return proxy.workers().empty(); })); // long before the next one
    CHECK(wall::now() < call + period);
  }

  TEST_CASE("load that is expected in the next minute brings its instances before it comes; not without prediction")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const folder = worker_tests::scratch_folder();
    for (auto const* predicts : {"false", "true"}) {
      CAPTURE(predicts);
      auto const file = folder.path(std::string(predicts) + ".sqlite");
      write_steady(file, "slow:1", 100);
      auto const proxy =
          proxy_process(models, {"history.file=" + file, "autoscaling.tick=0.1", "worker.threads=1",
                                 "autoscaling.model_loader.max_instances_per_model=2",
                                 std::string("autoscaling.zero_scaling.enable_predictive_scaling=") + predicts});
      REQUIRE(proxy.infer("slow", slow_body(300)).status == 200); // 100 of these a second are more than two can do
      auto const ahead = [&] { return decided(proxy, "slow", "scale", "requests/s are expected").has_value(); };
      if (predicts == std::string("true")) {
        CHECK(eventually(ahead));
        CHECK(eventually([&] { return proxy.instances("slow").size() == 2; }));
      } else {
        CHECK_FALSE(eventually(ahead, 3s));
        CHECK(proxy.instances("slow").size() == 1);
      }
    }
  }

  TEST_CASE("what is asked for by hand stays for the plain delay, whatever was learned of calls")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.zero_scaling.scale_to_zero_delay=2",
                                              "autoscaling.zero_scaling.keep_alive_min=0.1",
                                              "autoscaling.zero_scaling.enable_predictive_scaling=true"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    std::this_thread::sleep_for(2s); // its last call is older than the delay
    auto const asked = wall::now();
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":1})").status == 200);
    REQUIRE(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    CHECK(wall::now() - asked >= 2s);
  }

  TEST_CASE("after a restart nothing starts a model that nobody calls, as long as nothing was learned of its calls")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const settings = std::vector<std::string>{
        "history.file=" + folder.path("history.sqlite"), "autoscaling.tick=0.1",
        "autoscaling.zero_scaling.enable_predictive_scaling=true", "autoscaling.zero_scaling.latency_target=0.001"};
    {
      auto const proxy = proxy_process(models, settings);
      for (auto i = 0; i < 3; ++i)
        REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    }
    auto const proxy = proxy_process(models, settings);
    CHECK(proxy.model("mlp").at("pattern") == "unknown"); // it was called, and remembered
    std::this_thread::sleep_for(1500ms);
    CHECK(proxy.workers().empty());
    CHECK(decisions(proxy, "mlp").empty());
  }

  TEST_CASE("a start that found the shared zygote there is not taken for what a start from nothing costs")
  {
    auto models = repository();
    models.add_demo("mlp", "keeper");
    models.add_demo("mlp", "small");
    models.write("keeper/model.toml", "[autoscaling.model_loader]\nmin_instances = 1\n");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const write_target = [&](double seconds) {
      std::ofstream(file) << "[autoscaling.zero_scaling]\nenable_predictive_scaling = true\nkeep_alive_min = 0.1\n"
                          << "latency_target = " << std::fixed << seconds << '\n';
    };
    write_target(0.001); // only an instance is fast enough: it stays
    auto const proxy = proxy_process(models, {"log.level=debug", "autoscaling.tick=0.1"}, {"--config", file});
    REQUIRE(eventually([&] { return proxy.instances("keeper").size() == 1; }));
    REQUIRE(proxy.infer("small", mlp_body()).status == 200);
    auto const start = proxy.model("small").at("last_start_ms").to_number<double>();
    auto const zygote = zygote_start_ms(proxy);
    REQUIRE(zygote > 0);
    // More than this start took, less than it would have taken with the zygote's.
    write_target((start + zygote / 2) / 1000);
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    REQUIRE(eventually([&] { return decided(proxy, "small", "rest").has_value(); }));
    CHECK(decided(proxy, "small", "rest")->at("to") == "zygote");
  }
}
