// What does the pool itself know of a model, for the report? Reads live objects. I/O thread only.
#pragma once
#include "proxy/collect/report.hpp"
#include "proxy/pool/model.hpp"

namespace pilotlight::collect {

/// State, instances and counters. What is measured or decided elsewhere is left as it is in an empty report.
model_report report_of(pool::model const& one);

} // namespace pilotlight::collect
