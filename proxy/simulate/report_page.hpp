// How does the report look in a browser? One page, complete in itself: no script, nothing loaded, light and dark. Pure.
#pragma once
#include "proxy/simulate/report.hpp"

#include <string>

namespace pilotlight::simulate {

/// The figures of report_table as a table, and over time: requests, those that waited, instances, memory, and the rung
/// at which each model (the first 24) rested under each policy.
std::string shown_page(report const& all);

} // namespace pilotlight::simulate
