#include "shared/control_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace pilotlight {
namespace {

constexpr std::size_t max_packet = 200 * 1024;
constexpr std::size_t max_fds = 8;

failure os_failure(char const* what)
{
  return {fault::internal, std::string(what) + ": " + std::strerror(errno)};
}

std::vector<unique_fd> take_fds(msghdr& header)
{
  auto fds = std::vector<unique_fd>();
  for (auto* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    auto const count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

} // namespace

result<std::pair<unique_fd, unique_fd>> make_control_pair()
{
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return os_failure("socketpair");
  auto const room = static_cast<int>(2 * max_packet);
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return std::pair(unique_fd(ends[0]), unique_fd(ends[1]));
}

result<void> send_message(int socket, message const& body, std::initializer_list<int> fds)
{
  auto text = encode(body);
  if (text.size() > max_packet) return failure{fault::internal, "control message over 200 KiB"};
  auto part = iovec{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_fds * sizeof(int))> control{};
  auto header = msghdr{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (fds.size() != 0) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    auto* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), std::data(fds), fds.size() * sizeof(int));
  }
  for (;;) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return {};
    if (errno != EINTR) return os_failure("control socket");
  }
}

result<std::optional<packet>> receive_message(int socket)
{
  auto text = std::string(max_packet, '\0');
  auto part = iovec{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_fds * sizeof(int))> control{};
  auto header = msghdr{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  auto const length = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  if (length < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::optional<packet>();
    return failure{fault::gone, std::string("control socket: ") + std::strerror(errno)};
  }
  if (length == 0) return failure{fault::gone, "control socket: closed by the peer"};
  auto fds = take_fds(header);
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return failure{fault::internal, "control message truncated"};
  auto body = decode(std::string_view(text).substr(0, static_cast<std::size_t>(length)));
  if (!body) return body.error();
  return std::optional(packet{std::move(*body), std::move(fds)});
}

} // namespace pilotlight
