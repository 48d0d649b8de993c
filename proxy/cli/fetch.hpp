// What does a running proxy answer to one GET? Opens a socket and blocks, for 2 seconds at most.
#pragma once
#include "proxy/config/settings.hpp"
#include "shared/failure.hpp"

#include <string>
#include <string_view>

namespace pilotlight::cli {

/// The body of a 200 answer. An address that means "any" is asked on loopback.
/// Failure: fault::unavailable when nothing answers there; the proxy's own sentence when it refuses; fault::internal
/// when something else than a proxy answers.
result<std::string> fetch(endpoint const& from, std::string_view target);

/// Whom to ask for that address, and how it is written in sentences and as a Host.
struct host_names
{
  std::string host, shown;
};
host_names names_of(endpoint const& of);

} // namespace pilotlight::cli
