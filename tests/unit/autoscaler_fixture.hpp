// A small node for tests of the autoscaler: models with queues, served in steps of 100 ms, in virtual time.
#pragma once
#include "proxy/decide/autoscaler.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace pilotlight::testing {

using namespace pilotlight::decide;

inline instant clock_at(double seconds)
{
  return std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + duration(std::llround(seconds * 1e6));
}

struct step_taken
{
  double at = 0;
  int from = 0, to = 0;
};

/// Arrivals are Poisson around rate(t) x noise per second; work is served in order by the ready instances.
struct played
{
  model_policy policy;
  std::function<double(double)> rate; ///< per second
  double service = 0.05;
  double noise = 0; ///< standard deviation of each second's rate, relative
  unsigned seed = 1;
  int from = 1; ///< ready at the start

  std::vector<step_taken> steps;
  double provided = 0, busy = 0;
  int most = 0;

  void run(double length)
  {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    autoscaler scaler({policy});
    node_facts node;
    node.cores = 64;
    model_facts facts;
    facts.at = rung::instance;
    facts.service = duration(std::llround(service * 1e6));
    int ready = from, starting = 0;
    double waiting = 0, inside = 0, factor = 1, used = 0;
    std::uint64_t arrived = 0;
    constexpr int parts = 10;
    for (int part = 0; part < static_cast<int>(length) * parts; ++part) {
      double const now = static_cast<double>(part + 1) / parts;
      ready += std::exchange(starting, 0); // a fork takes less than a part
      if (part % parts == 0) factor = std::max(0.0, 1 + noise * normal(random));
      auto const came = std::poisson_distribution<int>(std::max(1e-9, rate(now) * factor / parts))(random);
      arrived += static_cast<std::uint64_t>(came);
      double const before = waiting;
      double const work = waiting + came;
      double const served = std::min(work, ready / service / parts);
      waiting = work - served;
      used += served * service;
      inside += (waiting + served * service * parts) / parts;
      provided += static_cast<double>(ready) / parts;
      busy += served * service;
      facts.ready = ready;
      facts.starting = starting;
      facts.waiting = static_cast<std::uint32_t>(waiting);
      facts.in_flight = static_cast<std::uint32_t>(std::min<double>(ready, std::ceil(work)));
      facts.idle = facts.waiting + facts.in_flight > 0 ? duration(0) : std::chrono::milliseconds(100);
      auto const apply = [&](std::vector<action> const& actions) {
        for (auto const& one : actions) {
          if (one.what != action_kind::scale || one.dry_run) continue;
          steps.push_back({now, ready + starting, one.instances});
          if (one.instances > ready + starting)
            starting = one.instances - ready;
          else
            ready = one.instances;
          most = std::max(most, one.instances);
        }
      };
      if (part % parts == parts - 1) {
        facts.arrived = std::exchange(arrived, 0);
        facts.concurrency = std::exchange(inside, 0);
        facts.cores = std::exchange(used, 0);
        apply(scaler.tick(std::span(&facts, 1), node, clock_at(now)));
      } else if (waiting > before) {
        apply(scaler.queue_grew(facts, node, clock_at(now)));
      }
    }
  }

  /// Up and down, or down and up, within `window` seconds.
  int flaps(double window) const
  {
    int found = 0;
    for (std::size_t i = 1; i < steps.size(); ++i) {
      bool const turned = (steps[i].to > steps[i].from) != (steps[i - 1].to > steps[i - 1].from);
      found += turned && steps[i].at - steps[i - 1].at <= window ? 1 : 0;
    }
    return found;
  }
};

} // namespace pilotlight::testing
