// How do packets and descriptors cross between two processes of the tree? One SOCK_SEQPACKET pair each. Owns an fd.
#pragma once
#include "shared/failure.hpp"
#include "shared/messages.hpp"
#include "shared/unique_fd.hpp"

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace pilotlight {

/// A message with the descriptors that came along.
struct packet
{
  message body;
  std::vector<unique_fd> fds;
};

/// Both ends of a new pair, close-on-exec. Failure: out of descriptors.
result<std::pair<unique_fd, unique_fd>> make_control_pair();

/// Sends one message with at most 8 descriptors. Does not block: a peer that does not read 200 KiB is a failure,
/// and so is one that is gone (no SIGPIPE).
result<void> send_message(int socket, message const& body, std::initializer_list<int> fds = {});

/// Receives one message. Blocking or not as the socket is; nothing: would block, or interrupted.
/// Failure fault::gone: the peer has closed. Failure fault::internal: a malformed packet.
result<std::optional<packet>> receive_message(int socket);

} // namespace pilotlight
