// What does Prometheus get to see? A report in the text exposition format. Pure.
#pragma once
#include "proxy/collect/report.hpp"

#include <string>

namespace pilotlight::collect {

/// Names and units by Prometheus' conventions: pilotlight_..., _total for counters, seconds, bytes and ratios (0 to 1).
/// Families of models have the labels model and version, and no others but state and rung, whose values are few; so the
/// number of series is that of the models times a constant. What is not known yet (negative in the report) is left out.
std::string metrics_text(fleet_report const& report);

} // namespace pilotlight::collect
