// Is this value one that its key allows? Pure.
#pragma once
#include "proxy/config/document.hpp"
#include "proxy/config/key.hpp"

#include <optional>

namespace pilotlight::config {

/// The value in the key's own type. Failure: "'KEY' is VALUE; allowed is ...".
result<value> check(key const& one, node const& content);

/// What the key allows, as a sentence says it: "an integer from 1 to 1000000".
std::string allowed(key const& one);

/// "host:port" or "[::1]:port"; nothing if it is neither.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// Bytes: "65536", "64 KiB", "1.5 GiB", "10 MB"; nothing if it is none of these.
std::optional<double> parse_bytes(std::string_view text);

/// 67108864 -> "64 MiB", 10000 -> "10000 bytes".
std::string shown_bytes(double bytes);

} // namespace pilotlight::config
