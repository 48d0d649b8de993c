#include "proxy/pool/start_times.hpp"

#include <algorithm>

namespace pilotlight::pool {
namespace {

using time_point = start_times::time_point;

std::chrono::nanoseconds overlap(time_point from, time_point to, time_point arrived, time_point submitted)
{
  auto const begin = std::max(from, arrived);
  auto const end = std::min(to, submitted);
  return std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(end - begin));
}

} // namespace

start_share share_of(start_times const& start, time_point arrived, time_point submitted)
{
  return {overlap(start.begun, start.spawned, arrived, submitted),
          overlap(start.spawned, start.loaded, arrived, submitted),
          overlap(start.loaded, start.ready, arrived, submitted)};
}

} // namespace pilotlight::pool
