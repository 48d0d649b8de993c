#include "proxy/http/statistics_json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace pilotlight::http {

namespace json = boost::json;
using collect::latency_summary;
using collect::model_report;
using collect::spending;

namespace {

/// Three decimals are plenty, and read better.
double rounded(double value)
{
  return std::round(value * 1000) / 1000;
}

double milliseconds(std::chrono::nanoseconds time)
{
  return rounded(std::chrono::duration<double, std::milli>(time).count());
}

/// What is not known is null, not a number.
json::value known(double value)
{
  return value < 0 ? json::value(nullptr) : json::value(rounded(value));
}

/// 1 - WAPE in percent; a forecast may be worse than none, but not below 0.
json::value accuracy(double error)
{
  return error < 0 ? json::value(nullptr) : json::value(rounded(100 * std::max(0.0, 1 - error)));
}

json::object spending_json(spending const& span)
{
  return {{"seconds", rounded(span.seconds)},
          {"worker_seconds", rounded(span.worker_seconds)},
          {"always_on_seconds", rounded(span.always_on_seconds)},
          {"cost_savings_percent", rounded(span.cost_savings_percent())},
          {"peak_instances", span.peak_instances},
          {"peak_savings_percent", rounded(span.peak_savings_percent())},
          {"mib_seconds", rounded(span.mib_seconds)},
          {"always_on_mib_seconds", rounded(span.always_on_mib_seconds)},
          {"memory_savings_percent", rounded(span.memory_savings_percent())},
          {"cold_starts", span.cold_starts},
          {"scale_operations", span.scale_operations},
          {"cache_hit_rate_percent", rounded(span.cache_hit_rate_percent())}};
}

json::object scaling_of(model_report const& one)
{
  return {{"name", one.name},
          {"version", one.version},
          {"state", one.state},
          {"rung", decide::to_string(one.at)},
          {"wanted_rung", decide::to_string(one.wanted)},
          {"active_instances", one.ready + one.starting + one.draining},
          {"ready_instances", one.ready},
          {"desired_instances", one.desired},
          {"health", one.health ? json::value(*one.health) : json::value()},
          {"scale_operations", one.today.scale_operations},
          {"cold_starts", one.since_start.cold_starts},
          {"cost_savings_percent", rounded(one.since_start.cost_savings_percent())},
          {"worker_seconds", rounded(one.since_start.worker_seconds)},
          {"always_on_seconds", rounded(one.since_start.always_on_seconds)},
          {"prediction",
           {{"pattern", one.pattern.empty() ? "unknown" : one.pattern},
            {"requests_per_second", known(one.forecast_rate)},
            {"accuracy_percent", accuracy(one.forecast_error)}}},
          {"today", spending_json(one.today)},
          {"since_start", spending_json(one.since_start)}};
}

json::object latency_json(latency_summary const& last)
{
  return {{"avg_response_time_ms", milliseconds(last.mean)},
          {"p50_ms", milliseconds(last.p50)},
          {"p95_ms", milliseconds(last.p95)},
          {"p99_ms", milliseconds(last.p99)},
          {"max_ms", milliseconds(last.longest)},
          {"requests_per_second", rounded(last.per_second())},
          {"error_rate_percent", rounded(100 * last.error_rate())},
          {"window_seconds", rounded(std::chrono::duration<double>(last.span).count())}};
}

json::object performance_of(model_report const& one)
{
  auto object = json::object{{"name", one.name}, {"version", one.version}};
  for (auto& [key, value] : latency_json(one.last_minute))
    object.emplace(key, std::move(value));
  object.emplace("last_10_seconds", latency_json(one.last_10s));
  object.emplace("cache_hit_rate_percent", rounded(one.since_start.cache_hit_rate_percent()));
  object.emplace("requests", one.succeeded);
  object.emplace("failures", one.errors);
  object.emplace("waiting", one.waiting);
  object.emplace("running", one.running);
  object.emplace("oldest_wait_ms", rounded(one.oldest_wait * 1000));
  object.emplace("cpu_cores", rounded(one.cores));
  object.emplace("memory_bytes", one.bytes);
  return object;
}

template <class T>
json::value or_null(std::optional<T> const& what)
{
  return what ? json::value(*what) : json::value(nullptr);
}

json::object node_json(collect::node_usage const& node)
{
  auto gpus = json::array();
  for (auto const& each : node.gpus)
    gpus.push_back({{"used_percent", or_null(each.used_percent)},
                    {"memory_bytes", or_null(each.memory)},
                    {"memory_used_bytes", or_null(each.memory_used)}});
  return {{"cpu_cores", rounded(node.cores)},
          {"cpu_used_cores", rounded(node.cores_used)},
          {"cpu_limited_by_cgroup", node.cpu_limited},
          {"cpu_pressure_percent", node.cpu_pressure},
          {"memory_bytes", node.memory},
          {"memory_available_bytes", node.memory_available},
          {"memory_limited_by_cgroup", node.memory_limited},
          {"memory_pressure_percent", node.memory_pressure},
          {"gpus", std::move(gpus)}};
}

} // namespace

json::value autoscaling_stats_json(collect::fleet_report const& report)
{
  auto const sum = collect::total(report.models);
  auto models = json::array();
  for (auto const& each : report.models)
    models.push_back(scaling_of(each));
  return json::object{{"active_instances", sum.active_instances},
                      {"ready_instances", sum.ready_instances},
                      {"loaded_models", sum.loaded_models},
                      {"total_models", report.models.size()},
                      {"scale_operations", sum.today.scale_operations},
                      {"cost_savings_percent", rounded(sum.since_start.cost_savings_percent())},
                      {"worker_seconds", rounded(sum.since_start.worker_seconds)},
                      {"always_on_seconds", rounded(sum.since_start.always_on_seconds)},
                      {"cold_starts", sum.since_start.cold_starts},
                      {"prediction_accuracy_percent", accuracy(sum.forecast_error)},
                      {"decisions", report.service.decisions},
                      {"budget",
                       {{"worker_hours_used", known(report.service.budget_used)},
                        {"worker_hours_allowed", known(report.service.budget)}}},
                      {"today", spending_json(sum.today)},
                      {"since_start", spending_json(sum.since_start)},
                      {"models", std::move(models)}};
}

json::value performance_json(collect::fleet_report const& report)
{
  auto const sum = collect::total(report.models);
  auto object = latency_json(sum.last_minute);
  object.emplace("cache_hit_rate_percent", rounded(sum.since_start.cache_hit_rate_percent()));
  object.emplace("requests", sum.succeeded);
  object.emplace("failures", sum.errors);
  object.emplace("connections", report.service.connections);
  object.emplace("uptime_seconds", rounded(report.service.uptime));
  object.emplace("node", node_json(report.service.node));
  auto models = json::array();
  for (auto const& each : report.models)
    models.push_back(performance_of(each));
  object.emplace("models", std::move(models));
  return object;
}

} // namespace pilotlight::http
