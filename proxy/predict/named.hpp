// What is such traffic called? Pure.
#pragma once
#include "proxy/predict/gaps.hpp"
#include "proxy/predict/history.hpp"
#include "proxy/predict/predictor.hpp"

namespace pilotlight::predict {

/// `by_clock`: the timer is recognised and its windows are met. `past`: none if nothing was kept yet.
pattern name_of(gap_sums const& gaps, bool by_clock, history const* past);

/// How much more the hour of the day explains of the calls than chance would: the F statistic of a one-way analysis
/// of variance over the days known. 0: fewer than three days.
double hour_matters(history const& past);

} // namespace pilotlight::predict
