#include "proxy/repository/unpacked.hpp"

#include <algorithm>

namespace pilotlight {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t digits_of_checksum = 32;

/// The checksum that a folder of ours is named by, else empty.
std::string_view checksum_of(std::string_view name)
{
  auto const digits = name.substr(0, digits_of_checksum);
  auto const ours = digits.size() == digits_of_checksum &&
                    digits.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
                    (name.size() == digits_of_checksum || name[digits_of_checksum] == '.');
  return ours ? digits : std::string_view();
}

} // namespace

fs::path unpacked_folder(fs::path const& cache_directory, std::string_view checksum)
{
  return cache_directory / "aoti" / checksum;
}

int remove_unused(fs::path const& cache_directory, std::span<model_spec const> models, std::chrono::hours keep)
{
  auto const now = fs::file_time_type::clock::now();
  auto old = std::vector<fs::path>();
  auto error = std::error_code();
  for (auto at = fs::directory_iterator(cache_directory / "aoti", error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    auto const name = at->path().filename().string();
    auto const sum = checksum_of(name);
    if (sum.empty()) continue;
    auto const used =
        std::any_of(models.begin(), models.end(), [&](model_spec const& one) { return one.checksum == sum; });
    auto ignored = std::error_code();
    // A half-unpacked folder is never "used": it goes when it is old, whatever its checksum.
    if (used && name.size() == digits_of_checksum)
      fs::last_write_time(at->path(), now, ignored);
    else if (now - fs::last_write_time(at->path(), ignored) >= keep && !ignored)
      old.push_back(at->path());
  }
  auto removed = 0;
  for (auto const& path : old) {
    auto ignored = std::error_code();
    fs::remove_all(path, ignored);
    if (!ignored) ++removed;
  }
  return removed;
}

} // namespace pilotlight
