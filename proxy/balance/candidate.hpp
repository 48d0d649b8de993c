// What is known of an instance that could take a request? Plain data and what follows from it alone. Pure.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight::balance {

/// A zone by its place in the zone table; 0: unknown, or no zones are configured.
using zone_id = std::uint16_t;

/// Strategies are given all instances of a model each time, those that take nothing too: one that is missing has gone,
/// and what was learned of it is dropped.
struct candidate
{
  bool ready = false; ///< not starting, draining, stopping, dead, nor given to a sequence
  std::uint32_t in_flight = 0;
  std::uint32_t depth = 0;        ///< takes no more than this at once
  int number = 0;                 ///< of the instance: what is learned follows it
  float health = 1;               ///< share of traffic that it deserves: 1 healthy, between degraded, 0 unhealthy
  zone_id zone = 0;               ///< where it runs
  double cores = 0;               ///< CPU in use, cores
  double cores_limit = 0;         ///< what it may use; 0: not known
  std::uint64_t memory = 0;       ///< bytes in use
  std::uint64_t memory_limit = 0; ///< what it may use; 0: not known
  std::optional<double> weight;   ///< from configuration, 0: takes nothing; none: what was measured holds
};

/// Of the instance of that number, by `balancing.weights`: those of instance 1, 2, ...; further ones weigh 1. None
/// configured: nothing.
inline std::optional<double> configured_weight(std::span<double const> weights, int number)
{
  if (weights.empty()) return std::nullopt;
  auto const place = static_cast<std::size_t>(number) - 1;
  return place < weights.size() ? weights[place] : 1;
}

/// Of the instance of that number, by `balancing.instance_zones`: those of instance 1, 2, ...; further ones are where
/// the node is.
inline std::string_view configured_zone(std::span<std::string const> zones, int number, std::string_view of_node)
{
  auto const place = static_cast<std::size_t>(number) - 1;
  return place < zones.size() ? std::string_view(zones[place]) : of_node;
}

inline bool takes_one(candidate const& one)
{
  return one.ready && one.in_flight < one.depth && one.health > 0;
}

/// Of traffic, in (0, 1], of one that takes some.
inline double share(candidate const& one)
{
  return std::min(static_cast<double>(one.health), 1.0);
}

/// Requests inside if it took one more, per share that it deserves: half the share, half the requests.
inline double load_with_one_more(candidate const& one)
{
  return (static_cast<double>(one.in_flight) + 1) / share(one);
}

} // namespace pilotlight::balance
