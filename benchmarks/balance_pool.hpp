// How long do requests take in a pool that a balancer feeds? A discrete-event simulation: Poisson arrivals, one queue
// before the instances as in pool::model, and instances that serve in the order of arrival at speeds of their own.
// Pure: virtual time, and the same numbers for the same seed. Used by balance_predicted.cpp and its unit test.
#pragma once
#include "proxy/balance/balancer.hpp"

#include <cmath>
#include <deque>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace pilotlight::balance {

struct pool_shape
{
  std::vector<double> speeds; ///< of each instance, 1: as measured
  double load = 0.7;          ///< of what they can do together
  std::uint32_t depth = 64;   ///< of each instance
  std::uint32_t at_once = 1;  ///< requests that an instance runs side by side, at the same speed each
  double base_ms = 1;         ///< a request costs so much,
  double ms_per_kib = 0.02;   ///< so much for each KiB,
  double ms_per_kib2 = 0;     ///< so much for its square,
  double noise = 0.1;         ///< and varies by this (sigma of the logarithm)
  double mean_kib = 100;      ///< sizes are lognormal
  double size_spread = 1.2;   ///< sigma of their logarithm; 0: all equal
  /// At this part of the run the speeds are mirrored: the fastest becomes the slowest. Above 1: never.
  double turn_at = 2;
};

struct pool_outcome
{
  double mean_ms = 0, p50_ms = 0, p99_ms = 0;
  std::vector<std::uint64_t> served; ///< of each instance
};

class pool_run
{
public:
  pool_run(balancer& by, pool_shape shape, std::uint64_t seed, std::size_t requests)
      : by_(by), shape_(std::move(shape)), chance_(seed), picks_(~seed), requests_(requests),
        instances_(shape_.speeds.size())
  {
    for (std::size_t i = 0; i < instances_.size(); ++i)
      instances_[i].speed = shape_.speeds[i];
  }

  pool_outcome run()
  {
    auto const gap_ms = mean_cost() / (shape_.load * capacity());
    auto arrived = std::size_t();
    auto next_arrival = exponential(gap_ms);
    auto next_second = 1'000.0;
    while (latencies_.size() < requests_) {
      auto const arrives = arrived < requests_;
      auto const completion = ends_.empty() ? HUGE_VAL : ends_.top().at;
      now_ = std::min(arrives ? next_arrival : HUGE_VAL, completion);
      for (; next_second <= now_; next_second += 1'000)
        measure_cores();
      if (completion <= now_) {
        complete();
      } else {
        if (static_cast<double>(arrived) >= shape_.turn_at * static_cast<double>(requests_)) mirror();
        waiting_.push_back(fresh(++arrived));
        next_arrival = now_ + exponential(gap_ms);
      }
      pump();
    }
    return outcome();
  }

private:
  struct job
  {
    std::uint64_t id = 0;
    double arrived = 0, submitted = 0, kib = 0, cost = 0;
  };
  struct instance
  {
    double speed = 1;
    std::deque<job> inside; ///< the first `at_once` run
    std::uint32_t running = 0;
    double busy = 0, cores = 0;
    std::uint64_t served = 0;
  };
  struct end
  {
    double at = 0;
    std::size_t instance = 0;
    std::uint64_t id = 0;
    bool operator<(end const& other) const
    {
      return at > other.at; // the earliest is on top
    }
  };

  double exponential(double mean) { return std::exponential_distribution(1 / mean)(chance_); }
  double lognormal(double mean, double sigma)
  {
    return sigma > 0 ? mean * std::exp(sigma * normal_(chance_) - sigma * sigma / 2) : mean;
  }
  double cost_of(double kib) const { return shape_.base_ms + shape_.ms_per_kib * kib + shape_.ms_per_kib2 * kib * kib; }
  double mean_cost() const
  {
    auto const square = shape_.mean_kib * shape_.mean_kib * std::exp(shape_.size_spread * shape_.size_spread);
    return shape_.base_ms + shape_.ms_per_kib * shape_.mean_kib + shape_.ms_per_kib2 * square;
  }
  double capacity() const
  {
    auto sum = 0.0;
    for (auto const speed : shape_.speeds)
      sum += speed * shape_.at_once;
    return sum;
  }
  moment at(double ms) const { return moment(std::chrono::nanoseconds(static_cast<std::int64_t>(ms * 1e6))); }
  job fresh(std::uint64_t id)
  {
    auto const kib = lognormal(shape_.mean_kib, shape_.size_spread);
    return {id, now_, 0, kib, cost_of(kib) * lognormal(1, shape_.noise)};
  }
  void mirror()
  {
    for (std::size_t i = 0; i < instances_.size(); ++i)
      instances_[i].speed = shape_.speeds[instances_.size() - 1 - i];
  }
  void measure_cores()
  {
    for (auto& each : instances_)
      each.cores = std::exchange(each.busy, 0) / 1'000;
  }

  void pump()
  {
    while (!waiting_.empty()) {
      candidates_.clear();
      for (std::size_t i = 0; i < instances_.size(); ++i) {
        auto one = candidate();
        one.ready = true;
        one.in_flight = static_cast<std::uint32_t>(instances_[i].inside.size());
        one.depth = shape_.depth;
        one.number = static_cast<int>(i) + 1;
        one.cores = instances_[i].cores;
        candidates_.push_back(one);
      }
      auto& first = waiting_.front();
      auto const bytes = static_cast<std::uint64_t>(first.kib * 1024);
      auto const chosen =
          by_.pick(candidates_, {bytes, 0, 0, picks_(), at(now_), static_cast<std::uint32_t>(waiting_.size() - 1)});
      if (!chosen) return;
      first.submitted = now_;
      tell(event::kind::submitted, *chosen, first);
      instances_[*chosen].inside.push_back(first);
      waiting_.pop_front();
      start(*chosen);
    }
  }

  void start(std::size_t which)
  {
    auto& in = instances_[which];
    while (in.running < std::min<std::size_t>(shape_.at_once, in.inside.size())) {
      auto const& next = in.inside[in.running++];
      auto const takes = next.cost / in.speed;
      in.busy += takes;
      ends_.push({now_ + takes, which, next.id});
    }
  }

  void complete()
  {
    auto const done = ends_.top();
    ends_.pop();
    auto& in = instances_[done.instance];
    auto const found = std::ranges::find(in.inside, done.id, &job::id);
    latencies_.push_back(now_ - found->arrived);
    tell(event::kind::completed, done.instance, *found);
    in.inside.erase(found);
    --in.running;
    ++in.served;
    start(done.instance);
  }

  void tell(event::kind what, std::size_t which, job const& of)
  {
    auto said = event();
    said.what = what;
    said.number = static_cast<int>(which) + 1;
    said.request = of.id;
    said.bytes = static_cast<std::uint64_t>(of.kib * 1024);
    said.when = at(now_);
    said.latency = said.when - at(of.submitted);
    by_.told(said);
  }

  /// Without the first tenth, in which everybody learns.
  pool_outcome outcome()
  {
    auto seen = std::vector<double>(latencies_.begin() + static_cast<std::ptrdiff_t>(requests_ / 10), latencies_.end());
    std::ranges::sort(seen);
    auto made = pool_outcome();
    for (auto const each : seen)
      made.mean_ms += each / static_cast<double>(seen.size());
    made.p50_ms = seen[seen.size() / 2];
    made.p99_ms = seen[seen.size() * 99 / 100];
    for (auto const& each : instances_)
      made.served.push_back(each.served);
    return made;
  }

  balancer& by_;
  pool_shape shape_;
  std::mt19937_64 chance_; ///< of the load alone: all strategies see the same arrivals, sizes and costs
  std::mt19937_64 picks_;
  std::normal_distribution<double> normal_;
  std::size_t requests_;
  std::vector<instance> instances_;
  std::deque<job> waiting_;
  std::priority_queue<end> ends_;
  std::vector<candidate> candidates_;
  std::vector<double> latencies_;
  double now_ = 0;
};

} // namespace pilotlight::balance
