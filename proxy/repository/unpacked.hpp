// Where does the unpacked copy of a .pt2 lie, and which copies does nobody need any more? Touches the cache directory.
#pragma once
#include "proxy/repository/model_spec.hpp"

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight {

/// <cache>/aoti/<checksum>. Whoever unpacks does so beside it, into a folder whose name begins with the checksum and a
/// dot, and renames: a folder of this name is whole.
std::filesystem::path unpacked_folder(std::filesystem::path const& cache_directory, std::string_view checksum);

/// Removes the copies that none of `models` uses and that have not been used for `keep` (another proxy may share the
/// cache; each marks what it uses here, by the folder's time). Folders of other names are left alone.
/// Returns how many were removed.
int remove_unused(std::filesystem::path const& cache_directory, std::span<model_spec const> models,
                  std::chrono::hours keep = std::chrono::hours{24});

} // namespace pilotlight
