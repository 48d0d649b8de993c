// Does a model.toml fit the model file that it is of? By the file's description; pure.
#pragma once
#include "proxy/repository/model_spec.hpp"

#include <string>

namespace pilotlight {

/// Empty, or what forward() would refuse: more inputs than it takes tensors, or an [arguments] that it does not take or
/// not of that type. Names the model.toml and the key. Nothing is said of a file that was not described or is no
/// TorchScript.
std::string misfit_of(model_spec const& spec, signature const& described);

} // namespace pilotlight
