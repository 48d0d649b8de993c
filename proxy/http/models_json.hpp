// What is every model doing? The body of the admin port's GET /v1/models, which `pilotlight status` prints.
#pragma once
#include "proxy/pool/fleet.hpp"

#include <boost/json/value.hpp>
#include <chrono>

namespace pilotlight::http {

/// Reads memory of every process from /proc: some milliseconds each.
boost::json::value models_json(pool::fleet& models, execute::zygote const& zygote,
                               std::chrono::steady_clock::duration uptime, std::size_t connections);

} // namespace pilotlight::http
