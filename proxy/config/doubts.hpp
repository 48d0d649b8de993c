// Which settings are allowed, and yet hardly what was meant? Pure.
#pragma once
#include "proxy/config/settings.hpp"

#include <string>
#include <vector>

namespace pilotlight::config {

/// One sentence for each of the proxy's settings that has no effect, or asks for more than there is, where the proxy
/// may use `machine_cores`. None of it stops a start.
std::vector<std::string> doubts(settings const& all, int machine_cores);

/// The same of the limits of one model on that node; each sentence to be read after the model's name.
std::vector<std::string> doubts(model_limits const& limits, settings const& proxy, int machine_cores);

} // namespace pilotlight::config
