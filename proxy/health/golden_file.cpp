#include "proxy/health/golden_file.hpp"
#include "proxy/config/read_file.hpp"
#include "proxy/config/replace_file.hpp"
#include "proxy/health/golden_format.hpp"

#include <algorithm>
#include <system_error>
#include <unistd.h>

namespace pilotlight::health {
namespace fs = std::filesystem;
namespace {

/// Of a file beside the tensors' bytes: names and shapes.
constexpr std::size_t most_overhead = std::size_t{1} << 18;

bool is_checksum(std::string_view text)
{
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

loaded_golden load_golden(fs::path const& cache_directory, std::string_view checksum)
{
  if (!is_checksum(checksum)) return {};
  auto const path = cache_directory / "golden" / checksum;
  auto const text = config::read_file(path, largest_canary + most_overhead);
  if (!text && text.error().kind == fault::not_found) return {};
  if (!text) return {{}, text.error().sentence + "; the golden answer is recorded anew"};
  auto answer = decode_golden(*text);
  if (!answer) return {{}, path.string() + ": " + answer.error().sentence + "; the golden answer is recorded anew"};
  return {std::move(*answer), {}};
}

result<void> store_golden(fs::path const& cache_directory, std::string_view checksum, golden_answer const& answer)
{
  if (!is_checksum(checksum)) return failure{fault::internal, "a golden answer needs the checksum of its model"};
  return config::replace_file(cache_directory / "golden" / checksum, encode_golden(answer));
}

void forget_golden(fs::path const& cache_directory, std::string_view checksum)
{
  if (is_checksum(checksum)) ::unlink((cache_directory / "golden" / checksum).c_str());
}

int remove_unused_golden(fs::path const& cache_directory, std::span<std::string const> checksums,
                         std::chrono::hours keep)
{
  auto const now = fs::file_time_type::clock::now();
  auto old = std::vector<fs::path>();
  auto error = std::error_code();
  for (auto at = fs::directory_iterator(cache_directory / "golden", error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    auto const name = at->path().filename().string();
    auto const digits = std::string_view(name).substr(0, 32);
    auto const ours = is_checksum(digits) && (name.size() == 32 || name[32] == '.');
    auto ignored = std::error_code();
    if (!ours || (name.size() == 32 && std::find(checksums.begin(), checksums.end(), name) != checksums.end()))
      continue;
    auto const patience = name.size() == 32 ? keep : std::min(keep, std::chrono::hours{24});
    if (now - fs::last_write_time(at->path(), ignored) >= patience && !ignored) old.push_back(at->path());
  }
  auto removed = 0;
  for (auto const& path : old)
    if (::unlink(path.c_str()) == 0) ++removed;
  return removed;
}

} // namespace pilotlight::health
