// Where is the running proxy to be asked? Reads the settings, opens nothing.
#pragma once
#include "proxy/cli/command_line.hpp"
#include "proxy/config/settings.hpp"
#include "shared/failure.hpp"

namespace pilotlight::cli {

/// --admin if it is given, else the settings' listen.admin. Failure: a sentence that says which of them is bad.
result<endpoint> admin_port(std::optional<std::string> const& given, settings_source const& source);

} // namespace pilotlight::cli
