// What did a policy cost, and whom did it keep waiting? Sums over one run. Plain data.
#pragma once
#include "proxy/decide/rung.hpp"
#include "proxy/simulate/waits.hpp"

#include <array>
#include <cstdint>

namespace pilotlight::simulate {

struct tally
{
  simulate::waits waits; ///< from a request's arrival until an instance begins to work on it
  std::array<std::uint64_t, decide::rungs> starts{}; ///< that a request had to wait for, by the rung it rested at
  double refused = 0;                                ///< requests that were turned away, the month's budget used up
  std::uint64_t ahead = 0;                           ///< starts ahead of any request
  std::uint64_t ups = 0, downs = 0; ///< changes of the number of instances, at least one before and after
  std::uint64_t flaps = 0;          ///< those of them that undid one of the opposite direction within a minute
  double worker_seconds = 0;        ///< instances alive, starting and draining ones too
  double used_seconds = 0;          ///< of these, at work on a request
  double mebibyte_seconds = 0;      ///< of model zygotes and instances; the shared zygote is apart
  int most_instances = 0;

  /// Starts from a rung that is too cold to answer in time.
  std::uint64_t cold_starts() const { return starts[0] + starts[1]; }

  void add(tally const& other)
  {
    waits.add(other.waits);
    for (std::size_t i = 0; i < decide::rungs; ++i)
      starts[i] += other.starts[i];
    refused += other.refused;
    ahead += other.ahead;
    ups += other.ups;
    downs += other.downs;
    flaps += other.flaps;
    worker_seconds += other.worker_seconds;
    used_seconds += other.used_seconds;
    mebibyte_seconds += other.mebibyte_seconds;
    most_instances = most_instances > other.most_instances ? most_instances : other.most_instances;
  }
};

} // namespace pilotlight::simulate
