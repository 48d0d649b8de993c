#include "proxy/config/doubts.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/document.hpp"

namespace pilotlight::config {
namespace {

constexpr auto least_memory = std::size_t{100} << 20; ///< of an instance of a tiny model, and what it is forked from

} // namespace

std::vector<std::string> doubts(model_limits const& limits, settings const& proxy, int machine_cores)
{
  auto told = std::vector<std::string>();
  auto const given = proxy.resources.cores > 0 && proxy.resources.cores < machine_cores;
  if (limits.threads > (given ? proxy.resources.cores : machine_cores))
    told.push_back("'worker.threads' is " + std::to_string(limits.threads) + ", more than " +
                   (given ? "'autoscaling.resources.cores', " + shown(proxy.resources.cores)
                          : "the cores that the proxy may use, " + std::to_string(machine_cores)) +
                   ": an instance gets no more than these");
  if (limits.load_balancing_strategy == "geographic" && proxy.balancing.zones.empty())
    told.emplace_back("'autoscaling.model_loader.load_balancing_strategy' is \"geographic\", but there are no "
                      "[[balancing.zones]]: it is least_connections then");
  return told;
}

std::vector<std::string> doubts(settings const& all, int machine_cores)
{
  auto told = doubts(all.limits, all, machine_cores);
  if (all.resources.cores > machine_cores)
    told.push_back("'autoscaling.resources.cores' is " + shown(all.resources.cores) +
                   ", more than the cores that the proxy may use, " + std::to_string(machine_cores) +
                   ": these are what is shared out");
  if (all.resources.memory > 0 && all.resources.memory < least_memory)
    told.push_back("'autoscaling.resources.memory' is " + shown_bytes(static_cast<double>(all.resources.memory)) +
                   ", less than a process with LibTorch takes, about " +
                   shown_bytes(static_cast<double>(least_memory)) + ": no model can be started");
  return told;
}

} // namespace pilotlight::config
