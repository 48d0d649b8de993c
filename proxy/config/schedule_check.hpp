// Can this schedule ever open? Pure.
#pragma once
#include "proxy/config/settings.hpp"

#include <string>

namespace pilotlight::config {

/// Empty, or a sentence that begins with its key and says what is allowed. Its texts have passed the rules of their
/// keys before.
std::string schedule_problem(schedule_settings const& one);

} // namespace pilotlight::config
