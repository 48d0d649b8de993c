// How does the report look to a machine? Pure.
#pragma once
#include "proxy/simulate/report.hpp"

#include <string>

namespace pilotlight::simulate {

/// One JSON object: the trace, the costs, always-on, and for each policy all figures (null where one does not apply)
/// and the most telling ones of each model.
std::string shown_json(report const& all);

} // namespace pilotlight::simulate
