#include "proxy/decide/resources.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace pilotlight::decide {

namespace {

/// Places in `claims`, those that run first, then by turn.
std::vector<std::size_t> by_turn(std::span<resource_claim const> claims)
{
  std::vector<std::size_t> order(claims.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t left, std::size_t right) {
    auto const& a = claims[left];
    auto const& b = claims[right];
    if (a.running != b.running) return a.running;
    if (a.priority != b.priority) return a.priority > b.priority;
    return a.popularity > b.popularity;
  });
  return order;
}

std::vector<std::size_t> admitted(node_resources const& node, std::span<resource_claim const> claims,
                                  std::vector<std::size_t> const& order)
{
  int const cores = std::max(1, static_cast<int>(std::floor(node.cores)));
  std::vector<std::size_t> runs;
  std::set<model_index> there;
  std::uint64_t memory = 0;
  int threads = 0;
  int slots = node.parallel_starts;
  for (auto const at : order) {
    auto const& one = claims[at];
    bool const first = !there.contains(one.model);
    constexpr int least = 1;
    bool const fits = node.memory == 0 || (one.bytes <= node.memory && memory <= node.memory - one.bytes);
    bool const has_core = first || threads + least <= cores;
    if (!one.running && (!fits || !has_core || slots <= 0)) continue;
    if (!one.running || one.starting) --slots;
    memory += one.bytes;
    threads += least;
    there.insert(one.model);
    runs.push_back(at);
  }
  return runs;
}

/// Threads of those that run: each one at least, then one more in turn, by priority, up to what it asks for (or its
/// fair share), as long as cores are left.
void share_threads(node_resources const& node, std::span<resource_claim const> claims,
                   std::vector<std::size_t> const& runs, std::vector<resource_grant>& grants)
{
  if (runs.empty()) return;
  int const cores = std::max(1, static_cast<int>(std::floor(node.cores)));
  int const count = static_cast<int>(runs.size());
  int left = std::max(0, cores - count);
  int const fair = std::max(1, cores / count);
  auto by_priority = runs;
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

/// One CPU after another; where there are more instances than CPUs they share, evenly.
void deal_cpus(node_resources const& node, std::vector<std::size_t> const& runs, std::vector<resource_grant>& grants)
{
  if (node.cpus.empty()) return;
  std::size_t next = 0;
  for (auto const at : runs) {
    auto const count = std::min<std::size_t>(static_cast<std::size_t>(grants[at].threads), node.cpus.size());
    for (std::size_t i = 0; i < count; ++i)
      grants[at].cpus.push_back(node.cpus[next++ % node.cpus.size()]);
    std::ranges::sort(grants[at].cpus);
  }
}

} // namespace

std::vector<resource_grant> arbitrate(node_resources const& node, std::span<resource_claim const> claims)
{
  std::vector<resource_grant> grants;
  grants.reserve(claims.size());
  for (auto const& one : claims)
    grants.push_back({one.model, one.number, false, 1, {}});
  auto const runs = admitted(node, claims, by_turn(claims));
  for (auto const at : runs)
    grants[at].may_run = true;
  share_threads(node, claims, runs, grants);
  auto dealt = runs;
  std::ranges::sort(dealt); // a cpuset moves as little as can be when others come and go
  deal_cpus(node, dealt, grants);
  return grants;
}

} // namespace pilotlight::decide
