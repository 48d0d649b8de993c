// What does a model.toml say of its model? Pure.
#pragma once
#include "proxy/config/expand.hpp"
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight {

/// Reads the text of a model.toml, named `source` in sentences. What it does not override holds as in `node`; keys that
/// are accepted without effect add a sentence to `warnings`.
/// Failure: up to 20 lines "FILE:LINE: what is wrong; what is allowed".
result<model_toml> read_model_toml(std::string_view text, std::string_view source, settings const& node,
                                   config::environment const& variables, std::vector<std::string>& warnings);

} // namespace pilotlight
