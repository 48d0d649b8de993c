// When was each model in use, how long was it idle in between, and who would wait for a cold start? The trace without
// any policy: what fixed delays and those who know the future are reckoned from. Pure.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/trace.hpp"

#include <functional>
#include <vector>

namespace pilotlight::simulate {

/// Requests of one model with less than a second between them.
struct session
{
  std::uint32_t model = 0;
  bool first = false;     ///< of its model: nothing can have been kept for it
  instant begin{}, end{}; ///< from its first arrival to the last completion
  instant next{};         ///< begin of the model's next session; the trace's end after the last
  /// Requests that wait longer than 100 ms when it begins cold, from nothing and from the shared zygote.
  std::uint32_t cold_from_zero = 0, cold_from_zygote = 0;

  duration gap() const { return next > end ? next - end : duration(0); }
};

/// Shorter ones are bridged by everybody.
inline constexpr duration least_gap = std::chrono::seconds(1);

/// In order of their begin, of all models.
std::vector<session> sessions_of(trace const& trace, costs const& costs, std::uint64_t seed);

struct price
{
  double waited = 0;
  double mebibyte_seconds = 0; ///< with the shared zygote
};

/// What it costs to keep each model after a session for keep(gap), which is at most the gap: exact for one instance a
/// model, but that a cold start does not move the sessions behind it.
price price_of(std::vector<session> const& sessions, costs const& costs, std::function<duration(duration)> const& keep);

/// Every gap kept for at most `delay`: the fixed rule.
price price_of_delay(std::vector<session> const& sessions, costs const& costs, duration delay);
/// Gaps up to `longest` kept whole, the others not at all: who knows the next arrival spends memory on the shortest.
price price_of_bridging(std::vector<session> const& sessions, costs const& costs, duration longest);
/// Nothing is kept, but each start is made just in time: nobody waits.
price price_of_prewarming(std::vector<session> const& sessions, costs const& costs);

/// The longest delay (of those between a second and `most`) of which `fits` is true, to a thousandth; `fits` holds up
/// to some delay and not beyond. A second where none fits.
duration longest_that(duration most, std::function<bool(duration)> const& fits);

} // namespace pilotlight::simulate
