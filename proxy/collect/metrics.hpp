// What does Prometheus get to see? Counters and gauges of every model in the text exposition format. Reads live
// objects.
#pragma once
#include "proxy/pool/model.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace pilotlight::collect {

/// Names and units by Prometheus' conventions: pilotlight_..., _total for counters, seconds and bytes.
/// Every family has the labels model and version, but those of the proxy itself.
std::string metrics_text(std::vector<pool::model*> const& models, bool zygote_running, std::size_t connections);

} // namespace pilotlight::collect
