#include "shared/doorbell.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>

namespace pilotlight {

result<doorbell> doorbell::make()
{
  auto fd = unique_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return failure{fault::internal, std::string("eventfd: ") + std::strerror(errno)};
  return doorbell(std::move(fd));
}

void doorbell::ring() const
{
  auto const one = std::uint64_t{1};
  // Full (2^64 - 2 rings) cannot be: the sleep flag lets one ring through per sleep.
  [[maybe_unused]] auto const written = ::write(fd_.get(), &one, sizeof one);
}

void doorbell::clear() const
{
  auto count = std::uint64_t{};
  [[maybe_unused]] auto const got = ::read(fd_.get(), &count, sizeof count);
}

void doorbell::wait(int timeout_ms) const
{
  auto waiting = pollfd{fd_.get(), POLLIN, 0};
  ::poll(&waiting, 1, timeout_ms);
  clear();
}

} // namespace pilotlight
