#include "proxy/decide/resources.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pilotlight::decide {

namespace {

/// Each one at least, then one more in turn, by priority, up to what it asks for (or its fair share), as long as cores
/// are left.
void share_threads(int cores, std::span<resource_claim const> claims, std::vector<resource_grant>& grants)
{
  int const count = static_cast<int>(claims.size());
  int left = std::max(0, cores - count);
  int const fair = std::max(1, cores / count);
  std::vector<std::size_t> by_priority(claims.size());
  std::iota(by_priority.begin(), by_priority.end(), std::size_t{0});
  std::ranges::stable_sort(by_priority, std::greater<>(), [&](std::size_t at) { return claims[at].priority; });
  for (bool gave = true; left > 0 && gave;) {
    gave = false;
    for (auto const at : by_priority) {
      int const asked = claims[at].threads > 0 ? claims[at].threads : fair;
      if (left == 0 || grants[at].threads >= asked) continue;
      ++grants[at].threads;
      --left;
      gave = true;
    }
  }
}

/// One CPU after another, in the order of the claims: a cpuset moves as little as can be when others come and go. Where
/// there are more instances than CPUs they share, evenly.
void deal_cpus(std::vector<int> const& cpus, std::vector<resource_grant>& grants)
{
  if (cpus.empty()) return;
  std::size_t next = 0;
  for (auto& one : grants) {
    auto const count = std::min<std::size_t>(static_cast<std::size_t>(one.threads), cpus.size());
    for (std::size_t i = 0; i < count; ++i)
      one.cpus.push_back(cpus[next++ % cpus.size()]);
    std::ranges::sort(one.cpus);
  }
}

} // namespace

std::vector<resource_grant> arbitrate(node_resources const& node, std::span<resource_claim const> claims)
{
  std::vector<resource_grant> grants(claims.size());
  if (claims.empty()) return grants;
  share_threads(std::max(1, static_cast<int>(std::floor(node.cores))), claims, grants);
  deal_cpus(node.cpus, grants);
  return grants;
}

} // namespace pilotlight::decide
