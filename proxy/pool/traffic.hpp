// What is counted of one model's requests from the first one on: for decisions, statistics and metrics. Plain data.
#pragma once
#include "proxy/collect/latency_windows.hpp"
#include "proxy/collect/rates.hpp"

namespace pilotlight::pool {

struct traffic
{
  explicit traffic(std::chrono::steady_clock::time_point now) : rates(now), latency(now) {}

  collect::request_rates rates;
  collect::latency_windows latency;
  std::uint64_t answered = 0; ///< without error, since the start
  std::uint64_t warm = 0;     ///< of those, the ones that waited for no start
};

} // namespace pilotlight::pool
