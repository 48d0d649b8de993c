// Which checks are there, how often, and what does one find? Plain data.
#pragma once
#include "proxy/decide/facts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::health {

using decide::duration;
using decide::instant;
using decide::model_index;

enum class check : std::uint8_t
{
  basic,       ///< does the process live, does its loop turn?
  detailed,    ///< CPU, memory, threads, state
  performance, ///< as fast as it used to be?
  functional,  ///< does it still give the right answer?
};
inline constexpr std::size_t checks = 4;

constexpr std::string_view to_string(check which)
{
  constexpr std::string_view names[] = {"basic", "detailed", "performance", "functional"};
  return names[static_cast<std::size_t>(which)];
}

/// How healthy by its score; the borders are in `level_of` (score.hpp).
enum class level : std::uint8_t
{
  healthy,
  degraded,
  unhealthy,
  critical,
};
inline constexpr std::size_t levels = 4;

constexpr std::string_view to_string(level which)
{
  constexpr std::string_view names[] = {"healthy", "degraded", "unhealthy", "critical"};
  return names[static_cast<std::size_t>(which)];
}

/// Whether instances are checked, how often, and how many findings in a row move a score.
struct policy
{
  bool enabled = true;
  /// By check. An interval of zero or less: that check is never due.
  std::array<duration, checks> intervals{std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::seconds(60),
                                         std::chrono::seconds(300)};
  /// A worker that executes nothing and leaves a heartbeat unanswered for so long is hung.
  duration heartbeat_deadline = std::chrono::seconds(5);
  int failure_threshold = 3;  ///< findings in a row that are worse, before a score sinks (1 to 1,000)
  int recovery_threshold = 2; ///< findings in a row that are better, before it rises (1 to 1,000)

  bool operator==(policy const&) const = default;
};

/// What one check says of one instance.
struct finding
{
  check what = check::basic;
  int score = 100;        ///< 0 to 100
  bool certain = false;   ///< a fact and no sample (the process is gone, a forward has run too long): holds at once
  std::string sentence{}; ///< what is wrong, with its figures; empty when nothing is
};

/// A finding below this has failed: as the border between healthy and degraded.
inline constexpr int pass_mark = 80;
inline bool passed(finding const& found)
{
  return found.score >= pass_mark;
}

} // namespace pilotlight::health
