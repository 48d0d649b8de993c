#include "proxy/config/read_file.hpp"
#include "shared/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace pilotlight::config {
namespace {

failure because(std::filesystem::path const& path, int error)
{
  return {error == ENOENT ? fault::not_found : fault::bad_request,
          path.string() + ": " + std::generic_category().message(error)};
}

} // namespace

result<std::string> read_file(std::filesystem::path const& path, std::size_t limit)
{
  // Non-blocking: a named pipe in the file's place must not stop the start.
  auto const file = unique_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return because(path, errno);
  struct stat facts = {};
  if (::fstat(file.get(), &facts) != 0) return because(path, errno);
  if (!S_ISREG(facts.st_mode)) return failure{fault::bad_request, path.string() + ": not a regular file"};
  auto text = std::string();
  for (;;) {
    char block[16 * 1024];
    auto const got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return because(path, errno);
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > limit)
      return failure{fault::bad_request, path.string() + ": larger than " + std::to_string(limit) + " bytes"};
  }
}

} // namespace pilotlight::config
