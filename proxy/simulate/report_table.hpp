// How does the report look to a person at a terminal? Pure.
#pragma once
#include "proxy/simulate/report.hpp"

#include <string>

namespace pilotlight::simulate {

/// A line about the trace, then a row for each figure and a column for each policy. Figures that apply to no policy are
/// left out.
std::string shown_table(report const& all);

/// "8 models, 17,307 requests from 2026-01-05 00:00 in 28.0 days".
std::string shown_trace(report const& all);

} // namespace pilotlight::simulate
