#include "proxy/http/models_json.hpp"

#include <map>
#include <unistd.h>

namespace pilotlight::http {

namespace json = boost::json;

namespace {

double seconds(std::chrono::steady_clock::duration time)
{
  return std::chrono::duration<double>(time).count();
}

double milliseconds(std::chrono::nanoseconds time)
{
  return std::chrono::duration<double, std::milli>(time).count();
}

json::object instance_json(pool::instance const& one, usage_reader const& usage)
{
  auto const used = usage(one.process.pid());
  return {{"name", one.name},
          {"pid", one.process.pid()},
          {"state", to_string(one.state)},
          {"sequence", one.sequence},
          {"in_flight", one.in_flight.size()},
          {"served", one.served},
          {"pss_bytes", used.pss},
          {"cpu_cores", used.cores},
          {"threads", used.threads},
          {"compute_threads", one.threads},
          {"uptime_seconds", seconds(pool::clock::now() - one.created)}};
}

/// Of each rung: what is left of a start, and what it holds; as measured last, or the defaults.
json::object costs_json(decide::start_costs const& costs)
{
  auto all = json::object();
  for (std::size_t i = 0; i < decide::rungs; ++i)
    all[decide::to_string(static_cast<decide::rung>(i))] = {{"start_ms", milliseconds(costs.to_answer[i])},
                                                            {"bytes", costs.bytes[i]}};
  return all;
}

json::object model_json(pool::model const& one, usage_reader const& usage)
{
  auto instances = json::array();
  auto pss = usage(one.zygote_pid()).pss;
  for (auto const& each : one.instances()) {
    instances.push_back(instance_json(*each, usage));
    pss += usage(each->process.pid()).pss;
  }
  auto const failed = one.state() == decide::model_state::failed;
  auto const reason = one.why_not_ready();
  auto const next_try = failed ? seconds(one.breaker().next_try - pool::clock::now()) : 0.0;
  return {{"name", one.spec().name},
          {"version", one.spec().version},
          {"state", one.disabled()     ? "Unloaded"
                    : one.distrusted() ? "OutOfService"
                                       : decide::to_string(one.state())},
          {"reason", reason},
          {"zygote_pid", one.zygote_pid()},
          {"instances", std::move(instances)},
          {"in_flight", one.running()},
          {"held", one.waiting()},
          {"requests", one.statistics().success.count},
          {"failures", one.statistics().fail.count},
          {"starts", one.starts()},
          {"cold_starts", one.cold_starts()},
          {"last_start_ms", milliseconds(one.last_start().total())},
          {"last_instance_start_ms", milliseconds(one.last_instance_start())},
          {"service_time_us", milliseconds(one.service_time()) * 1000},
          {"costs", costs_json(one.measured_costs())},
          {"pss_bytes", pss},
          {"next_try_seconds", std::max(0.0, next_try)}};
}

} // namespace

namespace {

/// What the control loop knows beyond the pool: a negative figure is not known.
void add_scaling(json::object& to, collect::model_report const& of)
{
  to["rung"] = decide::to_string(of.at);
  to["ready_instances"] = of.ready;
  to["desired_instances"] = of.desired;
  to["health"] = of.health ? json::value(*of.health) : json::value();
  to["p95_ms"] = milliseconds(of.last_minute.p95);
  to["requests_per_second"] = of.last_minute.per_second();
  to["load"] = of.load;
  to["panic"] = of.panic;
  to["pattern"] = of.pattern.empty() ? "unknown" : of.pattern;
  to["forecast_per_second"] = of.forecast_rate < 0 ? json::value() : json::value(of.forecast_rate);
  to["cost_savings_percent"] = of.since_start.cost_savings_percent();
}

} // namespace

std::vector<pid_t> processes(pool::fleet& models, execute::zygote const& zygote)
{
  auto all = std::vector<pid_t>{::getpid(), zygote.pid()};
  for (auto const* each : models.all()) {
    all.push_back(each->zygote_pid());
    for (auto const& instance : each->instances())
      all.push_back(instance->process.pid());
  }
  return all;
}

json::value models_json(pool::fleet& models, execute::zygote const& zygote, std::chrono::steady_clock::duration uptime,
                        std::size_t connections, usage_reader const& usage, collect::fleet_report const& report)
{
  auto known = std::map<std::pair<std::string_view, std::string_view>, collect::model_report const*>();
  for (auto const& each : report.models)
    known.try_emplace({each.name, each.version}, &each);
  auto list = json::array();
  for (auto const* each : models.all()) {
    auto object = model_json(*each, usage);
    auto const of = known.find({each->spec().name, each->spec().version});
    if (of != known.end()) add_scaling(object, *of->second);
    list.push_back(std::move(object));
  }
  return json::object{{"proxy",
                       {{"version", PILOTLIGHT_VERSION},
                        {"pid", ::getpid()},
                        {"uptime_seconds", seconds(uptime)},
                        {"pss_bytes", usage(::getpid()).pss},
                        {"connections", connections},
                        {"zygote_pid", zygote.pid()},
                        {"zygote_pss_bytes", usage(zygote.pid()).pss}}},
                      {"models", std::move(list)}};
}

} // namespace pilotlight::http
