#include "proxy/simulate/engine.hpp"
#include "proxy/simulate/predictive_policy.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::simulate;
using namespace std::chrono_literals;

TEST_SUITE("simulate")
{
  TEST_CASE("predictive: where nothing was learned the plain delay keeps the rung that is there, and makes none warmer")
  {
    for (auto const at :
         {decide::rung::zero, decide::rung::zygote, decide::rung::model_zygote, decide::rung::instance}) {
      CAPTURE(to_string(at));
      auto const made = trace{"made.csv", {{"web", {}, 1}}, instant(0s), instant(1h), 1};
      auto settings = std::vector(1, predict::predictor_settings());
      settings[0].latency_target = 1ms; // an instance alone is fast enough
      auto policy = predictive_policy({decide::model_policy()}, settings, made);
      policy.arrived(0, instant(10s), 1);
      auto facts = std::vector<decide::model_facts>(1);
      facts[0].at = at;
      facts[0].ready = at == decide::rung::instance ? 1 : 0;
      facts[0].idle = 20s; // well within the plain delay of 300 s
      auto const actions = policy.tick(facts, decide::node_facts(), instant(30s));
      CHECK(facts[0].forecast_floor == at);
      CHECK(actions.empty());
    }
  }

  TEST_CASE("simulate: a floor costs no time: days in which nothing happens are not gone through second by second")
  {
    auto made = trace{"made.csv", {{"web", {}, 10}}, instant(0s), instant(240h), 10};
    for (auto i = 0; i < 10; ++i)
      made.models[0].stretches.push_back({instant(i * 24h + 1h), duration(0), 1});
    for (auto const floor : {1, 2, 3}) {
      CAPTURE(floor);
      auto rule = decide::model_policy();
      rule.min_instances = floor;
      rule.max_instances = 4;
      auto policy = predictive_policy({rule}, std::vector(1, predict::predictor_settings()), made);
      auto const got = replay(made, profile("mlp").value(), policy, {});
      CHECK(got.total.waits.count() == 10);
      CHECK(got.total.most_instances == floor);
      CHECK(got.ticks < 50'000); // 864,000 seconds
    }
  }
}
