#include "proxy/simulate/report_json.hpp"
#include "proxy/simulate/report_rows.hpp"
#include "shared/plain_json.hpp"

#include <boost/json.hpp>

namespace pilotlight::simulate {
namespace json = boost::json;
namespace {

json::object shown_costs(costs const& of)
{
  auto starts = json::object();
  auto memory = json::object();
  for (std::size_t i = 0; i < decide::rungs; ++i) {
    auto const name = decide::to_string(static_cast<decide::rung>(i));
    starts[name] = in_seconds(of.start.to_answer[i]);
    memory[name] = of.mebibytes(static_cast<decide::rung>(i));
  }
  return {{"service_seconds", in_seconds(of.service)}, {"start_seconds", starts}, {"mebibytes", memory}};
}

json::array shown_models(report const& all, outcome const& ran)
{
  auto models = json::array();
  for (std::size_t i = 0; i < ran.models.size(); ++i) {
    auto const& one = ran.models[i];
    models.push_back({{"name", all.trace->models[i].name},
                      {"requests", all.trace->models[i].requests},
                      {"cold_starts", one.cold_starts()},
                      {"forks_on_demand", one.starts[2]},
                      {"starts_ahead", one.ahead},
                      {"waited", one.waits.over_threshold()},
                      {"wait_max_seconds", in_seconds(one.waits.longest())},
                      {"worker_seconds", one.worker_seconds},
                      {"worker_seconds_used", one.used_seconds},
                      {"mebibyte_seconds_own", one.mebibyte_seconds},
                      {"most_instances", one.most_instances},
                      {"flaps", one.flaps}});
  }
  return models;
}

json::object shown_policy(report const& all, policy_result const& of)
{
  auto object = json::object{{"policy", of.name}};
  for (auto const& one : figures(all, of))
    object[one.key] = one.known ? json::value(one.value) : json::value();
  object["zygote_seconds"] = of.ran.zygote_seconds;
  object["decisions"] = of.ran.ticks;
  object["models"] = shown_models(all, of.ran);
  return object;
}

} // namespace

std::string shown_json(report const& all)
{
  auto policies = json::array();
  for (auto const& one : all.policies)
    policies.push_back(shown_policy(all, one));
  auto const root = json::object{{"trace", json::object{{"source", all.trace->source},
                                                        {"models", all.trace->models.size()},
                                                        {"requests", all.trace->requests},
                                                        {"seconds", all.trace->seconds()}}},
                                 {"seed", all.seed},
                                 {"costs", shown_costs(all.costs)},
                                 {"scale_to_zero_delay", all.plain_delay},
                                 {"max_instances_per_model", all.max_instances},
                                 {"always_on", json::object{{"instances", all.always_on_instances},
                                                            {"worker_seconds", all.always_on_worker_seconds},
                                                            {"mebibyte_seconds", all.always_on_mebibyte_seconds}}},
                                 {"policies", policies}};
  return plain_json(root) + "\n";
}

} // namespace pilotlight::simulate
