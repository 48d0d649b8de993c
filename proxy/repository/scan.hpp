// Which models are there? Reads the repository's folders and each model.toml; opens no model file. Blocks on the disk.
#pragma once
#include "proxy/repository/model_spec.hpp"
#include "shared/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight {

/// Every <repository>/<model>/<version>/model.pt or model.pt2. A version that cannot be served is listed with its
/// `error`; a folder that is no model or no version is passed over with a warning. Descriptions are left empty.
/// Failure: the repository itself cannot be read.
result<repository_contents> scan(settings const& node);

/// The versions of one model only; none, if it is not there or its folder cannot be read.
repository_contents scan(settings const& node, std::string_view name);

/// What the model.toml in that model's folder says; what holds for all models where there is none. Failure: the file
/// cannot be read, or up to 20 lines of what is wrong in it.
result<model_toml> toml_in(std::filesystem::path const& folder, settings const& node,
                           std::vector<std::string>& warnings);

/// [A-Za-z0-9._-], no leading dot, 1 to 200 characters.
bool is_model_name(std::string_view name);

/// A positive integer without leading zeros, up to 18 digits.
bool is_version(std::string_view name);

} // namespace pilotlight
