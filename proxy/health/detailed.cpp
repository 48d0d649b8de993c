#include "proxy/health/detailed.hpp"
#include "proxy/health/curve.hpp"
#include "proxy/health/wording.hpp"

#include <algorithm>

namespace pilotlight::health {
namespace {

struct part
{
  double score = 100;
  std::string sentence;
};

part judge_memory(detailed_facts const& facts)
{
  if (!facts.leak || facts.leak->bytes_per_hour <= 0) return {};
  constexpr double patience = 12;
  constexpr auto scores = std::array{point{0, 0}, point{1, 20}, point{patience, 79}};
  auto const room = static_cast<double>(facts.room > 0 ? facts.room : facts.bytes);
  auto const left = room / facts.leak->bytes_per_hour;
  if (left >= patience) return {};
  return {along(scores, left),
          "its memory (" + in_bytes(static_cast<double>(facts.bytes)) + ") has grown by " +
              in_bytes(facts.leak->bytes_per_hour) + " an hour over " + in_words(facts.leak->over) +
              (facts.room > 0 ? ": nothing is left in " : ": twice as much in ") + figure(left) + " h"};
}

part judge_cpu(detailed_facts const& facts)
{
  if (facts.spins) return {};
  constexpr double tolerated = 0.25;
  constexpr auto scores = std::array{point{tolerated, 79}, point{1, 50}};
  auto const explained = std::clamp(facts.busy_share, 0.0, 1.0) * std::max(1, facts.compute_threads);
  auto const excess = facts.cores - explained;
  if (excess <= tolerated) return {};
  return {along(scores, excess),
          "it uses " + figure(facts.cores) + " cores while its forwards explain " + figure(explained)};
}

part judge_threads(detailed_facts const& facts)
{
  if (facts.threads <= 0 || facts.threads_at_ready <= 0) return {};
  constexpr double tolerated = 8;
  constexpr auto scores = std::array{point{tolerated, 79}, point{64, 30}};
  auto const excess = facts.threads - facts.threads_at_ready - std::max(1, facts.compute_threads);
  if (excess <= tolerated) return {};
  return {along(scores, excess), "it has " + std::to_string(facts.threads) + " threads, at its start there were " +
                                     std::to_string(facts.threads_at_ready)};
}

part judge_state(detailed_facts const& facts)
{
  constexpr auto patience = std::chrono::seconds(30);
  if (facts.without_room >= patience)
    return {40, "its reply arena has been full for " + in_words(facts.without_room) + ": clients read too slowly"};
  if (facts.zygote_gone) return {40, "its model zygote is gone: no other instance could take its place"};
  return {};
}

} // namespace

finding judge_detailed(detailed_facts const& facts)
{
  auto worst = judge_state(facts);
  for (auto& each : {judge_memory(facts), judge_cpu(facts), judge_threads(facts)})
    if (each.score < worst.score) worst = each;
  return {check::detailed, static_cast<int>(worst.score), false, std::move(worst.sentence)};
}

} // namespace pilotlight::health
