// Do the settings and the models of the repository fit together? Pure.
#pragma once
#include "proxy/repository/model_spec.hpp"

#include <string>
#include <vector>

namespace pilotlight::config {

/// One sentence for each thing that cannot come true: a schedule of a model that is not there or that asks for more
/// instances than a model of it may have, more models kept warm than may be loaded, and what is doubtful
/// (config/doubts.hpp) of one model alone where the proxy may use `machine_cores`. None of it stops a start: the
/// repository changes while the proxy runs.
std::vector<std::string> misfits(settings const& all, repository_contents const& repository, int machine_cores);

} // namespace pilotlight::config
