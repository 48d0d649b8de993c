// What is a running proxy doing? Asks its admin port and prints the answer.
#pragma once
#include "proxy/cli/command_line.hpp"

#include <iosfwd>

namespace pilotlight::cli {

/// Prints a table, or the answer itself with --json. Returns the exit code: 1 when nothing answers, or the settings
/// that would tell the admin port are bad.
int status(status_command const& asked, std::ostream& out, std::ostream& err);

} // namespace pilotlight::cli
