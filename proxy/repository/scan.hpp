// Which models are there? Reads the repository's folders and each model.toml; opens no model file. Blocks on the disk.
#pragma once
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"

#include <string_view>

namespace pilotlight {

/// Every <repository>/<model>/<version>/model.pt or model.pt2. A version that cannot be served is listed with its
/// `error`; a folder that is no model or no version is passed over with a warning. Descriptions are left empty.
/// Failure: the repository itself cannot be read.
result<repository_contents> scan(settings const& node);

/// [A-Za-z0-9._-], no leading dot, 1 to 200 characters.
bool is_model_name(std::string_view name);

/// A positive integer without leading zeros, up to 18 digits.
bool is_version(std::string_view name);

} // namespace pilotlight
