#include "proxy/cli/measured_costs.hpp"

#include "proxy/cli/json_members.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace pilotlight::cli {
namespace json = boost::json;
namespace {

failure no_answer()
{
  return {fault::internal, "the answer is no list of models of a pilotlight"};
}

bool is_meant(json::object const& one, std::string_view model)
{
  auto const name = text(one, "name");
  return model == name || model == name + ":" + text(one, "version");
}

} // namespace

result<simulate::costs> measured_costs(std::string_view answer, std::string_view model)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(json::string_view(answer.data(), answer.size()), error);
  if (error || !document.is_object()) return no_answer();
  auto found = json::object();
  for (auto const& each : list(document.as_object(), "models")) // of a name the newest version is the last
    if (each.is_object() && is_meant(each.as_object(), model)) found = each.as_object();
  if (found.empty())
    return failure{fault::not_found, "--measured: the proxy has no model '" + std::string(model) + "'"};
  auto const service = figure(found, "service_time_us");
  if (!service || *service <= 0 || figure(found, "cold_starts").value_or(0) < 1)
    return failure{fault::unavailable, "--measured: no request has started model '" + std::string(model) +
                                           "' since the proxy began: send it some, the first while it is at zero"};
  auto made = simulate::costs();
  made.service = decide::duration(std::max(1LL, std::llround(*service)));
  auto const costs = part(found, "costs");
  for (std::size_t i = 0; i < decide::rungs; ++i) {
    auto const at = part(costs, decide::to_string(static_cast<decide::rung>(i)));
    auto const start = figure(at, "start_ms");
    auto const bytes = figure(at, "bytes");
    if (!start || !bytes) return no_answer();
    made.start.to_answer[i] = decide::duration(std::llround(*start * 1e3));
    made.start.bytes[i] = static_cast<std::uint64_t>(*bytes);
  }
  return made;
}

} // namespace pilotlight::cli
