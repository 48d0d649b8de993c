#include "proxy/balance/make.hpp"

#include "proxy/balance/consistent_hash.hpp"
#include "proxy/balance/geographic.hpp"
#include "proxy/balance/least_connections.hpp"
#include "proxy/balance/predicted.hpp"
#include "proxy/balance/resource_based.hpp"
#include "proxy/balance/response_time.hpp"
#include "proxy/balance/round_robin.hpp"
#include "proxy/balance/two_choices.hpp"
#include "proxy/balance/weighted.hpp"

namespace pilotlight::balance {

result<std::unique_ptr<balancer>> make(std::string_view strategy, balancer_settings const& settings)
{
  using made = std::unique_ptr<balancer>;
  if (strategy == "round_robin") return made(std::make_unique<round_robin>());
  if (strategy == "least_connections") return made(std::make_unique<least_connections>());
  if (strategy == "random") return made(std::make_unique<two_choices>());
  if (strategy == "weighted") return made(std::make_unique<weighted>());
  if (strategy == "response_time") return made(std::make_unique<response_time>());
  if (strategy == "resource_based") return made(std::make_unique<resource_based>());
  if (strategy == "predicted") return made(std::make_unique<predicted>(settings.may_wait));
  if (strategy == "geographic") return made(std::make_unique<geographic>(settings.zones));
  if (strategy == "consistent_hash") return made(std::make_unique<consistent_hash>(settings.load_bound));
  auto sentence = "load_balancing_strategy '" + std::string(strategy) + "' is unknown; allowed are ";
  for (std::size_t i = 0; i < strategies.size(); ++i)
    sentence.append(i == 0 ? "" : i + 1 == strategies.size() ? " and " : ", ").append(strategies[i]);
  return failure{fault::bad_request, sentence};
}

} // namespace pilotlight::balance
