#include "proxy/decide/demand.hpp"

#include "proxy/decide/load_window.hpp"
#include "proxy/decide/recent_most.hpp"
#include "proxy/decide/staffing.hpp"
#include "proxy/decide/usual_queue.hpp"
#include "proxy/decide/weights.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

namespace {

constexpr instant start{std::chrono::hours(500'000)};
using by = pilotlight::decide::signal;

} // namespace

TEST_CASE("staffing: a lone instance reaches its utilisation, a pool more, and both ways agree")
{
  for (double const utilisation : {0.5, 0.7, 0.9}) {
    CHECK(staffed(utilisation, utilisation) == 1);
    CHECK(staffed(utilisation + 0.01, utilisation) == 2);
    CHECK(staffed(0, utilisation) == 0);
    for (int count = 1; count < 50; ++count) {
      CHECK(staffed(carried(count, utilisation), utilisation) == count);
      CHECK(staffed(carried(count, utilisation) + 1e-6, utilisation) == count + 1);
      CHECK(carried(count + 1, utilisation) / (count + 1) > carried(count, utilisation) / count);
    }
  }
  CHECK(staffed(std::nan(""), 0.7) == 0);
  CHECK(staffed(-1, 0.7) == 0);
}

TEST_CASE("load window: averages do not depend on how ticks are spaced")
{
  std::mt19937 random(2);
  for (int run = 0; run < 50; ++run) {
    load_window window(60s);
    instant now = start;
    while (now < start + 120s) {
      auto const step = std::chrono::milliseconds(50 + random() % 3'000);
      window.add(now, now + step, 7.0 * std::chrono::duration<double>(step).count());
      now += step;
    }
    CHECK(window.mean(now, 60s) == doctest::Approx(7).epsilon(0.001));
    CHECK(window.mean(now, 6s) == doctest::Approx(7).epsilon(0.001));
    CHECK(window.covered(now, 60s) == doctest::Approx(60).epsilon(0.03));
    auto const line = window.line(now, 60s);
    CHECK(line.end == doctest::Approx(7).epsilon(0.001));
    CHECK(std::abs(line.rise) < 1e-3);
  }
}

TEST_CASE("load window: a young window is not a low one, an old one forgets")
{
  load_window window(60s);
  window.add(start, start + 2s, 20);
  CHECK(window.mean(start + 2s, 60s) == doctest::Approx(10));
  CHECK(window.mean(start + 200s, 60s) == 0);
  window.add(start + 2s, start + 1'000s, 998);
  CHECK(window.mean(start + 1'000s, 60s) == doctest::Approx(1));
}

TEST_CASE("load window: the line follows a slope to now")
{
  load_window window(60s);
  for (int second = 0; second < 60; ++second)
    window.add(start + second * 1s, start + (second + 1) * 1s, 100 + 2 * (second + 0.5));
  auto const line = window.line(start + 60s, 60s);
  CHECK(line.rise == doctest::Approx(2).epsilon(0.02));
  CHECK(line.end == doctest::Approx(220).epsilon(0.02));
  CHECK(line.end_error < 1);
}

TEST_CASE("recent most: the most of the window, never less")
{
  recent_most wishes(480s);
  wishes.note(start, 5);
  for (int second = 1; second <= 60; ++second)
    wishes.note(start + second * 1s, 2);
  CHECK(wishes.most(start + 60s, 60s) == 5);
  CHECK(wishes.knows(start + 60s, 60s));
  CHECK_FALSE(wishes.knows(start + 30s, 60s));
  for (int second = 61; second <= 70; ++second)
    wishes.note(start + second * 1s, 1);
  CHECK(wishes.most(start + 70s, 60s) == 2);
}

TEST_CASE("usual queue: the bound follows what is usual, and a step that builds up does not")
{
  usual_queue queue;
  double const at_first = queue.bound(0.5, 1e-6);
  CHECK(at_first == doctest::Approx(std::log(1e-6) / std::log(0.5)));
  instant now = start;
  for (int i = 0; i < 500; ++i)
    for (std::uint32_t waiting : {1U, 2U, 1U, 3U, 2U}) // mean 1.8
      queue.seen(now += 1ms, waiting, false, 6s);
  double const learned = queue.bound(0.5, 1e-6);
  CHECK(learned < at_first);
  for (std::uint32_t waiting = 1; waiting < 40; ++waiting)
    queue.seen(now += 1ms, waiting, waiting > learned, 6s);
  queue.seen(now += 1s, 1, false, 6s);
  CHECK(queue.bound(0.5, 1e-6) == doctest::Approx(learned).epsilon(0.05));
}

TEST_CASE("demand: each signal asks for so many by itself, and is named")
{
  struct
  {
    char const* what;
    void (*set)(model_facts&, model_policy&);
    int up;
    by named;
  } const cases[] = {
      {"nothing but a few calls", [](auto&, auto&) {}, 1, by::arrivals},
      {"arrivals", [](auto& facts, auto&) { facts.arrived = 1'500; }, 2, by::arrivals},
      {"CPU above cpu_scale_up", [](auto& facts, auto&) { facts.cores = 0.9; }, 2, by::cpu},
      {"CPU below it", [](auto& facts, auto&) { facts.cores = 0.6; }, 1, by::arrivals},
      {"CPU, with a higher cpu_scale_up",
       [](auto& facts, auto& policy) {
         facts.cores = 0.9;
         policy.thresholds.cpu_scale_up = 95;
       },
       1, by::arrivals},
      {"more inside than target_concurrency",
       [](auto& facts, auto& policy) {
         facts.concurrency = 6;
         policy.target_concurrency = 2;
       },
       5, by::concurrency},
      {"fewer inside than that",
       [](auto& facts, auto& policy) {
         facts.concurrency = 6;
         policy.target_concurrency = 10;
       },
       1, by::arrivals},
      {"answers later than response_time_max while some wait",
       [](auto& facts, auto&) {
         facts.p95 = 3s;
         facts.waiting = 1;
       },
       2, by::latency},
      {"late answers of a model that is slow itself",
       [](auto& facts, auto& policy) {
         facts.p95 = 3s;
         facts.waiting = 1;
         policy.thresholds.response_time_max = 500us;
       },
       1, by::arrivals},
      {"a forecast", [](auto& facts, auto&) { facts.forecast_rate = 1'500; }, 2, by::forecast},
  };
  for (auto const& one : cases) {
    CAPTURE(one.what);
    model_facts facts;
    model_policy policy;
    facts.ready = 1;
    facts.threads = 1;
    facts.service = 1ms;
    facts.arrived = 5;
    one.set(facts, policy);
    load_history history(60s);
    for (int second = 1; second <= 120; ++second)
      history.observe(facts, start + second * 1s);
    auto const found = wanted(history, facts, policy, start + 120s, false);
    CHECK(found.up == one.up);
    CHECK(found.by == one.named);
  }
}

TEST_CASE("demand: the less cpu_scale_down is, the longer a busy instance stays")
{
  model_facts facts;
  facts.ready = 2;
  facts.threads = 1;
  facts.service = 1ms;
  facts.arrived = 5;
  facts.cores = 0.5;
  load_history history(60s);
  for (int second = 1; second <= 120; ++second)
    history.observe(facts, start + second * 1s);
  model_policy policy;
  policy.thresholds.cpu_scale_down = 30;
  CHECK(wanted(history, facts, policy, start + 120s, false).down == 1);
  policy.thresholds.cpu_scale_down = 10;
  CHECK(wanted(history, facts, policy, start + 120s, false).down == 2);
}

TEST_CASE("weights: capacity, health, and nothing for those who do not serve")
{
  model_facts facts;
  facts.instances.resize(5);
  for (auto& one : facts.instances)
    one.ready = true;
  facts.instances[0].service = 10ms;
  facts.instances[1].service = 20ms;
  facts.instances[2].health = 60; // degraded, of unknown speed
  facts.instances[3].draining = true;
  facts.instances[4].health = 10;
  auto const weights = measured_weights(facts);
  CHECK(weights[0] == 1);
  CHECK(weights[1] == doctest::Approx(0.5));
  CHECK(weights[2] == doctest::Approx(0.5)); // the balancer gives it less
  CHECK(weights[3] == 0);
  CHECK(weights[4] == 0);
  CHECK(differs(weights, {1, 0.5, 0.5, 0}) == difference::others);
  CHECK(differs(weights, {0.95, 0.55, 0.5, 0, 0}) == difference::none);
  CHECK(differs(weights, {1, 0.65, 0.5, 0, 0}) == difference::shares);
  CHECK(differs(weights, {1, 0.5, 0.5, 0.05, 0}) == difference::others);
  CHECK(differs(weights, {0, 0}) == difference::none); // nobody serves
  CHECK(measured_weights(model_facts{}).empty());
}

TEST_CASE("demand: no noise of idle processes asks for more, and a slow model is not helped by more of it")
{
  model_policy const policy;
  load_history history(policy.stable_window);
  model_facts facts;
  facts.at = rung::instance;
  facts.ready = 1;
  facts.cores = 0.002;
  facts.service = 3s;
  facts.p95 = 3s;
  history.observe(facts, start);
  auto const found = wanted(history, facts, policy, start);
  CHECK(found.up <= 1);
  facts.waiting = 3;
  facts.in_flight = 1;
  facts.service = 300ms;
  CHECK(wanted(history, facts, policy, start).up == 2);
  CHECK(wanted(history, facts, policy, start).by == signal::latency);
}
