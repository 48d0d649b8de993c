#include "proxy/balance/predicted.hpp"

#include "proxy/balance/least_connections.hpp"

#include <limits>

namespace pilotlight::balance {
namespace {

constexpr std::uint64_t explore_one_in = 64;
constexpr double long_silent_ms = 1'000; ///< and at least so many service times:
constexpr double long_silent_services = 50;
constexpr double dear = 8; ///< not if it is expected to take so many times the best

/// It waits for a full one that is expected to answer in less than this part of the time of the best open one. Found in
/// the simulation of benchmarks/balance_predicted.cpp: without the second figure long queues grow longer.
constexpr double worth_waiting = 0.8;
constexpr double with_each_behind = 0.1;

double kib_of(std::uint64_t bytes)
{
  return static_cast<double>(bytes) / 1024;
}

} // namespace

/// The idle one that has been silent for longest, if long enough, and this request is cheap there.
std::optional<std::size_t> predicted::stale(std::span<candidate const> candidates, request const& asked, double kib,
                                            double best_ms)
{
  if (pool_.expected_ms(kib) > mean_ms_) return std::nullopt;
  auto const silence =
      std::chrono::duration<double, std::milli>(std::max(long_silent_ms, long_silent_services * mean_ms_));
  auto oldest = asked.now - std::chrono::duration_cast<moment::duration>(silence);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!takes_one(candidates[i]) || candidates[i].in_flight > 0) continue;
    auto const& its = forecasts_[i];
    if (its.last_answer() >= oldest || its.service_ms(kib) > dear * best_ms) continue;
    oldest = its.last_answer();
    found = i;
  }
  return found;
}

std::optional<std::size_t> predicted::pick(std::span<candidate const> candidates, request const& asked)
{
  forecasts_.align(candidates);
  if (!pool_.known()) {
    for (std::size_t i = 0; i < candidates.size(); ++i)
      forecasts_[i].seen(candidates[i]);
    return least_loaded(candidates);
  }
  auto const kib = kib_of(asked.bytes);
  std::optional<std::size_t> best;
  auto least = 0.0;
  auto least_full = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    auto const& one = candidates[i];
    auto& its = forecasts_[i];
    if (!its.known()) its.born(pool_);
    its.seen(one);
    auto const open = takes_one(one);
    auto const full = may_wait_ && !open && one.ready && one.health > 0 && one.in_flight > 0;
    if (!open && !full) continue;
    auto const ms = its.latency_ms(kib, one, asked.now) / share(one);
    if (full) least_full = std::min(least_full, ms);
    if (full || (best && ms >= least)) continue;
    best = i;
    least = ms;
  }
  if (best && least_full * (1 + with_each_behind * asked.waiting) < least * worth_waiting) return std::nullopt;
  if (best && asked.chance % explore_one_in == 0)
    if (auto const other = stale(candidates, asked, kib, least)) return other;
  return best;
}

void predicted::told(event const& what)
{
  if (what.what == event::kind::gone) return forecasts_.forget(what.number);
  auto* const its = forecasts_.find(what.number);
  if (!its) return;
  auto const kib = kib_of(what.bytes);
  if (what.what == event::kind::submitted) return its->submitted(what.request, kib, what.when);
  auto const latency = std::chrono::duration<double, std::milli>(what.latency).count();
  auto const took = its->completed(what.request, what.when, latency, what.failed);
  if (!took) return;
  pool_.learn(kib, *took);
  mean_ms_ = mean_ms_ > 0 ? mean_ms_ + 0.02 * (*took - mean_ms_) : *took;
}

} // namespace pilotlight::balance
