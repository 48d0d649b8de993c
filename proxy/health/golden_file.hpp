// How does a golden answer outlive the proxy? One small file a model version in the cache directory, named by the
// model's checksum. Blocks on the disk; what can be made again may be deleted at any time.
#pragma once
#include "proxy/health/answer_book.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::health {

struct loaded_golden
{
  std::optional<golden_answer> answer{};
  std::string problem{}; ///< the file is there and unusable: why; it is recorded anew. Empty where it is only missing
};

/// <cache>/golden/<checksum>. A checksum that is not 32 hex digits has none.
loaded_golden load_golden(std::filesystem::path const& cache_directory, std::string_view checksum);

/// Writes beside it, syncs and renames: a file of that name is whole. Failure: "PATH: why not".
result<void> store_golden(std::filesystem::path const& cache_directory, std::string_view checksum,
                          golden_answer const& answer);

/// Forgets it, so that the next load records anew: `load` with that wish, after a model was found out of service and
/// its new answers are the right ones. Nothing to forget is no failure.
void forget_golden(std::filesystem::path const& cache_directory, std::string_view checksum);

/// Removes the files of models that are none of `checksums` and that have not been written for `keep` (another proxy
/// may share the cache), and what a killed proxy left half-written. Returns how many.
int remove_unused_golden(std::filesystem::path const& cache_directory, std::span<std::string const> checksums,
                         std::chrono::hours keep = std::chrono::hours{24 * 30});

} // namespace pilotlight::health
