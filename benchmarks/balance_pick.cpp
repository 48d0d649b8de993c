// How long does one `pick` take? For every strategy, over candidates as busy as a loaded model's: nanoseconds per pick
// (the best of several short runs: others use the machine too), as a table and one JSON line per strategy. Fails if a
// pick allocates. usage: balance_pick [INSTANCES [PICKS]]     (default 8 instances, 20000 picks a run)
#include "proxy/balance/hash_key.hpp"
#include "proxy/balance/make.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

// operator new has no other place for it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::size_t allocations = 0;

} // namespace

void* operator new(std::size_t size)
{
  ++allocations;
  if (auto* const got = std::malloc(size)) return got; // NOLINT(cppcoreguidelines-no-malloc): what it stands on
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept
{
  std::free(at); // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete(void* at, std::size_t) noexcept
{
  std::free(at); // NOLINT(cppcoreguidelines-no-malloc)
}

namespace {

using namespace pilotlight::balance;
using steady = std::chrono::steady_clock;

std::vector<candidate> busy(std::size_t instances, bool degraded)
{
  auto made = std::vector<candidate>(instances);
  for (std::size_t i = 0; i < instances; ++i) {
    auto& one = made[i];
    one.ready = true;
    one.depth = 64;
    one.in_flight = static_cast<std::uint32_t>(1 + i * 5 % 7);
    one.number = static_cast<int>(i) + 1;
    one.health = degraded && i % 4 == 1 ? 0.5F : 1.0F;
    one.zone = static_cast<zone_id>(1 + i % 3);
    one.cores = 0.1 * static_cast<double>(i);
    one.memory = (100 + i) << 20U;
  }
  return made;
}

/// A hundred requests of each instance, so that what learns has learned.
void teach(balancer& by, std::vector<candidate> const& candidates)
{
  auto now = moment(std::chrono::seconds(1));
  std::uint64_t id = 0;
  for (int i = 0; i < 100; ++i)
    for (auto const& each : candidates) {
      auto said = event();
      said.number = each.number;
      said.request = ++id;
      said.bytes = 1'000 * (1 + id % 50);
      said.zone = 1;
      said.when = now;
      if (i == 0) by.pick(candidates, {said.bytes, 1, 1, mixed(id), now});
      by.told(said);
      now += std::chrono::milliseconds(1 + id % 7);
      said.what = event::kind::completed;
      said.latency = now - said.when;
      said.when = now;
      by.told(said);
    }
}

double ns_per_pick(balancer& by, std::vector<candidate>& candidates, std::size_t picks)
{
  auto const from = moment(std::chrono::seconds(60));
  auto best = HUGE_VAL;
  std::size_t sum = 0;
  for (int run = 0; run < 50; ++run) {
    auto const start = steady::now();
    for (std::size_t i = 0; i < picks; ++i) {
      auto const bits = mixed(i);
      auto& changed = candidates[i % candidates.size()];
      changed.in_flight = 1 + static_cast<std::uint32_t>(bits & 7U);
      sum += by.pick(candidates, {bits & 0xffffU, bits, static_cast<zone_id>(1 + (bits & 1U)), bits,
                                  from + std::chrono::microseconds(10 * i)})
                 .value_or(0);
    }
    auto const took = std::chrono::duration<double, std::nano>(steady::now() - start).count();
    best = std::min(best, took / static_cast<double>(picks));
  }
  return sum == 1 ? 0 : best;
}

} // namespace

int main(int count, char** words)
{
  auto const instances = count > 1 ? std::strtoul(words[1], nullptr, 10) : 8ul;
  auto const picks = count > 2 ? std::strtoul(words[2], nullptr, 10) : 20'000ul;
  if (instances < 1 || instances > 256 || picks < 1'000) {
    std::fputs("usage: balance_pick [INSTANCES [PICKS]], 1 to 256 instances, at least 1000 picks\n", stderr);
    return 2;
  }
  std::printf("%-18s %12s %16s\n", "ns per pick", "all healthy", "some degraded");
  std::size_t allocated = 0;
  for (auto const name : strategies) {
    auto ns = std::array<double, 2>();
    for (auto const degraded : {false, true}) {
      auto const by = make(name, {.zones = 4}).value();
      auto candidates = busy(instances, degraded);
      teach(*by, candidates);
      auto const before = allocations;
      ns[degraded ? 1 : 0] = ns_per_pick(*by, candidates, picks);
      allocated += allocations - before;
    }
    std::printf("%-18.*s %12.1f %16.1f\n", static_cast<int>(name.size()), name.data(), ns[0], ns[1]);
    std::printf("{\"strategy\":\"%.*s\",\"instances\":%lu,\"pick_ns\":%.1f,\"pick_degraded_ns\":%.1f}\n",
                static_cast<int>(name.size()), name.data(), instances, ns[0], ns[1]);
  }
  if (allocated == 0) return 0;
  std::fprintf(stderr, "balance_pick: %zu allocations in picks\n", allocated);
  return 1;
}
