// What do a forecast and an advice say to the autoscaler? Pure; the same for the server and the simulator.
#pragma once
#include "proxy/predict/predictor.hpp"

namespace pilotlight::predict {

/// A minute's count is what is learned.
inline constexpr duration shortest_ahead = std::chrono::minutes(1);

/// How far ahead the load is asked for: as long as a start from where it rests takes, `shortest_ahead` at least.
duration look_ahead(decide::model_facts const& facts);

/// Requests a second of that forecast; -1: there is none, or forecasts have erred by more than half of the load in the
/// mean, and say no more than what has just been seen.
double trusted_rate(forecast const& next);

/// Where nothing is inside: how to rest now. The plain delay keeps what is there; only what was learned makes it
/// warmer.
void rest_by(warmth const& advice, decide::model_facts& facts);

} // namespace pilotlight::predict
