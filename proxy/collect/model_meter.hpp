// What is counted of one model? All of its meters in one place, for the pool to bump at the few moments that matter.
// Pure: time is an argument. I/O thread only.
#pragma once
#include "proxy/collect/latency_windows.hpp"
#include "proxy/collect/rates.hpp"
#include "proxy/collect/savings.hpp"

namespace pilotlight::collect {

/// Both clocks of one moment.
struct moment
{
  std::chrono::steady_clock::time_point steady;
  instant wall;
};

class model_meter
{
public:
  explicit model_meter(moment start) : latency_(start.steady), rates_(start.steady), savings_(start.wall) {}

  /// A request was admitted. Ends in exactly one of answered() and failed().
  void arrived(std::chrono::steady_clock::time_point now) { rates_.arrived(now); }
  /// `took`: from arrival to answer. `warm`: an instance was ready when it came.
  void answered(moment now, std::chrono::nanoseconds took, bool warm)
  {
    rates_.completed(now.steady);
    latency_.record(now.steady, took);
    savings_.answered(now.wall, warm);
  }
  /// It ended in an error, passed its deadline or lost its client (which is no error of ours: `by_client`).
  void failed(std::chrono::steady_clock::time_point now, bool by_client)
  {
    rates_.failed(now);
    if (!by_client) latency_.record_failure(now);
  }
  /// A start from zero was begun.
  void cold_start(instant now) { savings_.cold_start(now); }
  /// A scaling action was carried out.
  void scaled(instant now) { savings_.scaled(now); }
  /// At each change of the instances and once a tick: how many there are (draining and starting ones too), and the
  /// memory of all of the model's processes.
  void holds(instant now, int instances, std::uint64_t bytes) { savings_.update(now, instances, bytes); }

  /// Once a tick.
  tick_counts take_tick(std::chrono::steady_clock::time_point now) { return rates_.take(now); }

  std::uint32_t inside() const { return rates_.inside(); }
  latency_windows& latency() { return latency_; }
  savings_meter& savings() { return savings_; }

private:
  latency_windows latency_;
  request_rates rates_;
  savings_meter savings_;
};

} // namespace pilotlight::collect
