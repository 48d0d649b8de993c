#include "proxy/decide/depth.hpp"

#include <algorithm>

namespace pilotlight::decide {

std::uint32_t ring_depth(std::chrono::nanoseconds service, std::uint32_t limit, std::chrono::nanoseconds backlog)
{
  constexpr std::int64_t least = 2; // one runs, one is there when it ends
  if (service.count() <= 0) return std::min<std::uint32_t>(least, limit);
  auto const work = std::max<std::int64_t>(backlog.count(), 0);
  auto const wanted = work / service.count() + (work % service.count() != 0 ? 1 : 0);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(std::max(wanted, least), limit));
}

std::uint32_t batch_depth(std::uint32_t depth, int max_batch_size)
{
  constexpr std::int64_t ring = 256;
  if (max_batch_size <= 1) return depth;
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(std::int64_t{2} * max_batch_size, depth, std::max<std::int64_t>(ring, depth)));
}

} // namespace pilotlight::decide
