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

} // namespace pilotlight::decide
