// What would this traffic have cost under each policy? Replays a trace in virtual time. Reads files and may write one;
// starts nothing.
#pragma once
#include "proxy/cli/command_line.hpp"

#include <iosfwd>

namespace pilotlight::cli {

/// Prints the table (or JSON) to `out`, progress after a second and what is wrong to `err`. Returns the exit code: 1
/// when the trace, the settings or an option is bad, or the page cannot be written.
int simulate(simulate_command const& asked, std::ostream& out, std::ostream& err);

} // namespace pilotlight::cli
