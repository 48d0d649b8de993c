// How long does one decision tick take at 100 to 1,000 models of 3 instances? Prints microseconds per tick, median of
// many, with windows that are full.
#include "proxy/decide/autoscaler.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

using namespace pilotlight::decide;

namespace {

std::vector<model_facts> busy_models(std::size_t count, std::mt19937& random)
{
  std::vector<model_facts> models(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& facts = models[i];
    facts.model = static_cast<model_index>(i);
    facts.at = rung::instance;
    facts.ready = 3;
    facts.service = std::chrono::milliseconds(20);
    facts.arrived = 20 + random() % 80;
    facts.concurrency = static_cast<double>(facts.arrived) * 0.02;
    facts.in_flight = static_cast<std::uint32_t>(random() % 4);
    facts.cores = facts.concurrency;
    for (int number = 1; number <= 3; ++number) {
      instance_facts one;
      one.number = number;
      one.ready = true;
      one.in_flight = facts.in_flight > static_cast<std::uint32_t>(number) ? 1 : 0;
      one.service = std::chrono::microseconds(19'000 + random() % 2'000);
      facts.instances.push_back(one);
    }
  }
  return models;
}

double median_tick(std::size_t count)
{
  std::mt19937 random(1);
  model_policy policy;
  policy.max_instances = 8;
  autoscaler scaler(std::vector<model_policy>(count, policy), {.parallel_starts = 2, .max_loaded = 10'000});
  node_facts node;
  node.cores = 10'000;
  instant now{std::chrono::hours(500'000)};
  std::vector<double> times;
  std::size_t actions = 0;
  for (int tick = 0; tick < 400; ++tick) {
    auto const models = busy_models(count, random);
    now += std::chrono::seconds(1);
    auto const start = std::chrono::steady_clock::now();
    actions += scaler.tick(models, node, now).size();
    auto const spent = std::chrono::steady_clock::now() - start;
    if (tick >= 150) times.push_back(std::chrono::duration<double, std::micro>(spent).count());
  }
  std::ranges::sort(times);
  std::printf("%zu models x 3 instances: median %.0f us, p99 %.0f us, %zu actions\n", count, times[times.size() / 2],
              times[times.size() * 99 / 100], actions);
  return times[times.size() / 2];
}

} // namespace

int main()
{
  double const hundred = median_tick(100);
  median_tick(300);
  double const thousand = median_tick(1'000);
  std::printf("from 100 to 1,000 models: %.1f times\n", thousand / hundred);
}
