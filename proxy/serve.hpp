// `pilotlight serve`: builds the objects, runs the one I/O thread, drains on SIGTERM. Blocks until the end.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/control/reloading.hpp"

#include <optional>
#include <string>

namespace pilotlight {

/// Serves until SIGTERM or SIGINT (drains: exit code 0), or a second SIGINT (ends at once: 130). Start-up failures are
/// one sentence in the log and exit code 1. `ready_file` is written with {"http":port,"admin":port} once both ports
/// take requests. `origin`: where `config` was read from, and is read from again while it runs.
int serve(settings const& config, control::settings_origin const& origin, std::optional<std::string> const& ready_file);

} // namespace pilotlight
