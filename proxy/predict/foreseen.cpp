#include "proxy/predict/foreseen.hpp"

#include <algorithm>

namespace pilotlight::predict {
namespace {

constexpr double worst_error = 0.5;

} // namespace

duration look_ahead(decide::model_facts const& facts)
{
  return std::max<duration>(shortest_ahead, facts.costs.to_answer[static_cast<std::size_t>(facts.at)]);
}

double trusted_rate(forecast const& next)
{
  return next.error >= 0 && next.error <= worst_error ? next.rate : -1;
}

void rest_by(warmth const& advice, decide::model_facts& facts)
{
  facts.forecast_floor = advice.learned ? advice.at : std::min(advice.at, facts.at);
  facts.learned_delay = duration(0); // the advice says when: it is taken anew when its time is over
}

} // namespace pilotlight::predict
