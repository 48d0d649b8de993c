#include "shared/memfd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace pilotlight {
namespace {

failure os_failure(char const* what)
{
  return {fault::internal, std::string(what) + ": " + std::strerror(errno)};
}

/// What Boost.Interprocess asks of a thing it maps.
struct mappable
{
  int fd;
  boost::interprocess::mapping_handle_t get_mapping_handle() const { return {fd, false}; }
};

} // namespace

result<unique_fd> make_memfd(char const* name, std::size_t size)
{
  auto fd = unique_fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return os_failure("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return os_failure("memfd size");
  return fd;
}

result<void> seal(int fd, int seals)
{
  if (::fcntl(fd, F_ADD_SEALS, seals) != 0) return os_failure("sealing a memfd");
  return {};
}

int seals_of(int fd)
{
  return ::fcntl(fd, F_GET_SEALS);
}

std::size_t size_of_memfd(int fd)
{
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return 0;
  return static_cast<std::size_t>(info.st_size);
}

result<boost::interprocess::mapped_region> map_memfd(int fd, std::size_t size, boost::interprocess::mode_t mode)
{
  try {
    return boost::interprocess::mapped_region(mappable{fd}, mode, 0, size);
  } catch (boost::interprocess::interprocess_exception const& error) {
    return failure{fault::internal, std::string("mapping a memfd: ") + error.what()};
  }
}

} // namespace pilotlight
