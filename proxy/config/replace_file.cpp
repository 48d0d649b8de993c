#include "proxy/config/replace_file.hpp"
#include "shared/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace pilotlight::config {
namespace fs = std::filesystem;
namespace {

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

result<void> replace_file(fs::path const& path, std::string_view text)
{
  auto const folder = path.parent_path();
  auto error = std::error_code();
  fs::create_directories(folder, error);
  if (error) return failure{fault::unavailable, folder.string() + ": " + error.message()};
  // Named by process: two proxies that share a folder must not write into one another's file.
  auto const beside = fs::path(path.string() + "." + std::to_string(::getpid()));
  auto written = write_synced(beside, text);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = because(path, errno);
  if (!written) ::unlink(beside.c_str());
  // The directory too, or a power cut may forget the rename. What is kept here can bear that: nobody asks how it went.
  if (auto const directory = unique_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
    ::fsync(directory.get());
  return written;
}

} // namespace pilotlight::config
