#include "proxy/config/doubts.hpp"
#include "proxy/config/document.hpp"

namespace pilotlight::config {

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
  return told;
}

} // namespace pilotlight::config
