#include "proxy/simulate/compare.hpp"

#include <algorithm>

namespace pilotlight::simulate {

comparison compare(tally const& total, std::vector<session> const& sessions, costs const& costs, duration plain_delay,
                   duration trace_length)
{
  auto made = comparison();
  made.waited = total.waits.over_threshold();
  made.mebibyte_seconds = total.mebibyte_seconds;
  auto const affordable = [&](price const& of) { return of.mebibyte_seconds <= made.mebibyte_seconds; };

  auto const same_memory =
      longest_that(trace_length, [&](duration delay) { return affordable(price_of_delay(sessions, costs, delay)); });
  made.same_memory_delay = in_seconds(same_memory);
  made.same_memory_waited = price_of_delay(sessions, costs, same_memory).waited;

  // The shortest delay with no more waits is the longest with more.
  auto const same_waits = longest_that(
      trace_length, [&](duration delay) { return price_of_delay(sessions, costs, delay).waited > made.waited; });
  made.same_waits_delay = in_seconds(same_waits);
  made.same_waits_mebibyte_seconds = price_of_delay(sessions, costs, same_waits).mebibyte_seconds;

  auto const plain = price_of_delay(sessions, costs, plain_delay);
  made.plain_waited = plain.waited;
  made.plain_mebibyte_seconds = plain.mebibyte_seconds;

  auto const bridged =
      longest_that(trace_length, [&](duration gap) { return affordable(price_of_bridging(sessions, costs, gap)); });
  made.clairvoyant_waited = price_of_bridging(sessions, costs, bridged).waited;
  auto const enough = longest_that(
      trace_length, [&](duration gap) { return price_of_bridging(sessions, costs, gap).waited > made.waited; });
  made.clairvoyant_mebibyte_seconds = price_of_bridging(sessions, costs, enough).mebibyte_seconds;
  auto const prewarming = price_of_prewarming(sessions, costs);
  auto const cold = price_of_delay(sessions, costs, duration(0)).waited;
  auto const share = made.mebibyte_seconds / std::max(prewarming.mebibyte_seconds, 1e-9);
  made.prewarming_waited = prewarming.waited + std::max(0.0, (cold - prewarming.waited) *
                                                                 (1 - share)); // as many starts ahead as are affordable
  return made;
}

} // namespace pilotlight::simulate
