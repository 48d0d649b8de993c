// What is every model doing? The body of the admin port's GET /v1/models, which `pilotlight status` prints.
#pragma once
#include "proxy/collect/process_usage.hpp"
#include "proxy/collect/report.hpp"
#include "proxy/pool/fleet.hpp"

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <vector>

namespace pilotlight::http {

/// What is known of a process; of one that is gone: zeros.
using usage_reader = std::function<collect::process_usage(pid_t)>;

/// Every process of this proxy, itself included: those that models_json asks `usage` about.
std::vector<pid_t> processes(pool::fleet& models, execute::zygote const& zygote);

/// `report` has the figures of the control loop; a model that it lacks is shown without them.
boost::json::value models_json(pool::fleet& models, execute::zygote const& zygote,
                               std::chrono::steady_clock::duration uptime, std::size_t connections,
                               usage_reader const& usage, collect::fleet_report const& report);

} // namespace pilotlight::http
