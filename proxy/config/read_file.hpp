// What is in this small file? Blocks on the disk.
#pragma once
#include "shared/failure.hpp"

#include <filesystem>
#include <string>

namespace pilotlight::config {

/// The whole of a regular file of at most `limit` bytes. Failure: "PATH: why not" (fault::not_found when it does not
/// exist).
result<std::string> read_file(std::filesystem::path const& path, std::size_t limit);

} // namespace pilotlight::config
