#include "proxy/repository/descriptions.hpp"
#include "proxy/config/read_file.hpp"
#include "shared/unique_fd.hpp"

#include <boost/json.hpp>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace pilotlight {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20;
constexpr std::string_view release = PILOTLIGHT_VERSION; // another release may describe more, or otherwise

result<descriptions> parse(std::string const& text)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(text, error);
  if (error || !document.is_object()) return failure{fault::bad_request, "not a JSON object"};
  auto const* written_by = document.as_object().if_contains("release");
  auto const* entries = document.as_object().if_contains("descriptions");
  if (!written_by || !written_by->is_string() || !entries || !entries->is_object())
    return failure{fault::bad_request, "no release or no descriptions"};
  auto known = descriptions();
  if (std::string_view(written_by->as_string()) != release) return known;
  for (auto const& entry : entries->as_object()) {
    auto described = json::try_value_to<signature>(entry.value());
    if (!described) return failure{fault::bad_request, "a malformed description"};
    known.insert_or_assign(std::string(entry.key()), std::move(*described));
  }
  return known;
}

failure because(fs::path const& path, int error)
{
  return {fault::unavailable, path.string() + ": " + std::generic_category().message(error)};
}

result<void> write_synced(fs::path const& path, std::string_view text)
{
  auto const file = unique_fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return because(path, errno);
  while (!text.empty()) {
    auto const written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return because(path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return because(path, errno);
  return {};
}

} // namespace

loaded_descriptions load_descriptions(fs::path const& cache_directory)
{
  auto const path = cache_directory / "descriptions.json";
  auto const text = config::read_file(path, largest_file);
  if (!text && text.error().kind == fault::not_found) return {};
  if (!text) return {{}, text.error().sentence + "; models are described anew"};
  auto known = parse(*text);
  if (!known) return {{}, path.string() + ": " + known.error().sentence + "; models are described anew"};
  return {std::move(*known), {}};
}

result<void> store_descriptions(fs::path const& cache_directory, descriptions const& known)
{
  auto entries = json::object();
  for (auto const& [sum, described] : known)
    entries[sum] = json::value_from(described);
  auto const text = json::serialize(json::object{{"release", release}, {"descriptions", std::move(entries)}});

  auto error = std::error_code();
  fs::create_directories(cache_directory, error);
  if (error) return failure{fault::unavailable, cache_directory.string() + ": " + error.message()};
  // Named by process: two proxies that share a cache must not write into one another's file.
  auto const beside = cache_directory / ("descriptions.json." + std::to_string(::getpid()));
  auto written = write_synced(beside, text);
  auto const path = cache_directory / "descriptions.json";
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = because(path, errno);
  if (!written) ::unlink(beside.c_str());
  // The directory too, or a power cut may forget the rename; a cache can bear that, so nobody asks for the outcome.
  if (auto const directory = unique_fd(::open(cache_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
    ::fsync(directory.get());
  return written;
}

} // namespace pilotlight
