// Would the server start with this configuration, and could it serve its models? Reads files, starts nothing.
#pragma once
#include "proxy/cli/command_line.hpp"
#include "proxy/repository/model_spec.hpp"

#include <iosfwd>

namespace pilotlight::cli {

/// Prints "FILE: ok", warnings and the models to `out`, problems to `err`. Returns the exit code: 1 when the settings
/// are bad or a model cannot be served.
int check_config(check_config_command const& asked, std::ostream& out, std::ostream& err);

/// One line of the summary: "minilm:1  torchscript  ok" or with the reason why not. Pure.
std::string summary_line(model_spec const& model);

} // namespace pilotlight::cli
