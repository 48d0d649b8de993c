// Why does a running proxy scale a model as it does? Asks its admin port and prints the last decisions, or follows
// them.
#pragma once
#include "proxy/cli/command_line.hpp"

#include <iosfwd>

namespace pilotlight::cli {

/// Prints a table of decisions, or the answer itself with --json (with --follow: each as a line). With --follow it goes
/// on until the proxy ends the stream or somebody interrupts it. Returns the exit code: 1 when nothing answers, there
/// is no such model, the settings that would tell the admin port are bad, or the stream was cut.
int explain(explain_command const& asked, std::ostream& out, std::ostream& err);

} // namespace pilotlight::cli
