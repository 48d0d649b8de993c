// How do the processes of the tree talk to the proxy? Thin over the control socket; the end of it ends the process.
#pragma once
#include "shared/control_socket.hpp"
#include "shared/messages.hpp"

#include <string>

namespace pilotlight::worker {

/// Sends; exits when the proxy is gone.
void say(int socket, message const& body);
/// Says why on the socket of a child that could not be made; does not mind when nobody reads it.
void refuse(int socket, std::string const& reason);
/// Blocks for the next packet; exits (_exit(0)) when the proxy is gone. A malformed packet is skipped.
packet next_packet(int socket);
/// A packet (or the end) is there, now or within that time.
bool readable(int socket, int timeout_ms);

} // namespace pilotlight::worker
