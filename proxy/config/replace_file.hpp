// How is a small file written so that whoever reads it sees the old content or the new, never half of it? Blocks on the
// disk.
#pragma once
#include "shared/failure.hpp"

#include <filesystem>
#include <string_view>

namespace pilotlight::config {

/// Written beside it, synced, renamed; folders on the way are made. For this user's eyes only (mode 0600). Failure:
/// "PATH: why not"; then nothing is left beside it, and the old file stays.
result<void> replace_file(std::filesystem::path const& path, std::string_view text);

} // namespace pilotlight::config
