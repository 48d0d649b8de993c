#include "worker/packets.hpp"

#include <poll.h>
#include <unistd.h>

namespace pilotlight::worker {

void say(int socket, message const& body)
{
  if (!send_message(socket, body)) ::_exit(0);
}

void refuse(int socket, std::string const& reason)
{
  [[maybe_unused]] auto const sent = send_message(socket, failed{reason});
}

packet next_packet(int socket)
{
  for (;;) {
    auto received = receive_message(socket);
    if (!received) {
      if (received.error().kind == fault::gone) ::_exit(0);
      continue;
    }
    if (*received) return std::move(**received);
  }
}

bool readable(int socket, int timeout_ms)
{
  auto waiting = pollfd{socket, POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

} // namespace pilotlight::worker
