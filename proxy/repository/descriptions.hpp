// What is known of model files from earlier runs? descriptions.json in the cache directory, by checksum. Blocks on the
// disk. The file is a cache: whatever is wrong with it, it is made anew.
#pragma once
#include "shared/failure.hpp"
#include "shared/signature.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace pilotlight {

/// Signatures by the checksum of their model file.
using descriptions = std::map<std::string, signature>;

struct loaded_descriptions
{
  descriptions known;
  std::string warning; ///< empty, or why what was stored had to be dropped
};

/// What is stored there; nothing, with no warning, where nothing was stored yet or another release wrote it.
loaded_descriptions load_descriptions(std::filesystem::path const& cache_directory);

/// Stores them all at once or not at all (written beside, synced, renamed), making the directory where need be.
/// Failure: the disk's reason; it costs the next start a new description and nothing else, so warn and go on.
result<void> store_descriptions(std::filesystem::path const& cache_directory, descriptions const& known);

} // namespace pilotlight
