#include "proxy/collect/metrics.hpp"

#include <algorithm>
#include <functional>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace pilotlight::collect {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double seconds_per_ns = 1e-9;

/// One value of a model, and what it is called.
struct model_value
{
  char const* name;
  char const* help;
  MetricType type;
  double (*read)(pool::model const&);
};

double instances_in(pool::model const& one, pool::instance_state state)
{
  return static_cast<double>(std::count_if(one.instances().begin(), one.instances().end(),
                                           [&](auto const& each) { return each->state == state; }));
}

constexpr model_value values[] = {
    {"pilotlight_requests_succeeded_total", "Infer requests answered by the model.", MetricType::Counter,
     [](pool::model const& one) { return static_cast<double>(one.statistics().success.count); }},
    {"pilotlight_requests_failed_total", "Infer requests that were admitted and ended in an error.",
     MetricType::Counter, [](pool::model const& one) { return static_cast<double>(one.statistics().fail.count); }},
    {"pilotlight_request_duration_seconds_total", "Time from arrival to answer, of requests that succeeded.",
     MetricType::Counter,
     [](pool::model const& one) { return static_cast<double>(one.statistics().success.ns) * seconds_per_ns; }},
    {"pilotlight_queue_duration_seconds_total", "Time that requests waited before a worker took them up.",
     MetricType::Counter,
     [](pool::model const& one) { return static_cast<double>(one.statistics().queue.ns) * seconds_per_ns; }},
    {"pilotlight_compute_duration_seconds_total", "Time in forward().", MetricType::Counter,
     [](pool::model const& one) { return static_cast<double>(one.statistics().compute_infer.ns) * seconds_per_ns; }},
    {"pilotlight_cold_starts_total", "Starts from zero.", MetricType::Counter,
     [](pool::model const& one) { return static_cast<double>(one.cold_starts()); }},
    {"pilotlight_requests_waiting", "Requests held or queued, in no worker yet.", MetricType::Gauge,
     [](pool::model const& one) { return static_cast<double>(one.waiting()); }},
    {"pilotlight_requests_running", "Requests in a worker's ring or running.", MetricType::Gauge,
     [](pool::model const& one) { return static_cast<double>(one.running()); }},
    {"pilotlight_instances_ready", "Instances that take requests.", MetricType::Gauge,
     [](pool::model const& one) { return instances_in(one, pool::instance_state::ready); }},
    {"pilotlight_instances_starting", "Instances on their way.", MetricType::Gauge,
     [](pool::model const& one) { return instances_in(one, pool::instance_state::starting); }},
    {"pilotlight_model_loaded", "1 when processes of the model exist or are being made.", MetricType::Gauge,
     [](pool::model const& one) { return decide::is_loaded(one.state()) ? 1.0 : 0.0; }},
    {"pilotlight_model_failed", "1 when the model cannot be started.", MetricType::Gauge,
     [](pool::model const& one) { return one.state() == decide::model_state::failed ? 1.0 : 0.0; }},
    {"pilotlight_last_start_duration_seconds", "From the order to start until the first instance was ready, last time.",
     MetricType::Gauge,
     [](pool::model const& one) { return static_cast<double>(one.last_start().total().count()) * seconds_per_ns; }},
};

void set(ClientMetric& metric, MetricType type, double value)
{
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

MetricFamily family_of(model_value const& what, std::vector<pool::model*> const& models)
{
  auto family = MetricFamily{what.name, what.help, what.type, {}};
  for (auto const* each : models) {
    auto metric = ClientMetric();
    metric.label = {{"model", each->spec().name}, {"version", each->spec().version}};
    set(metric, what.type, what.read(*each));
    family.metric.push_back(std::move(metric));
  }
  return family;
}

MetricFamily own_gauge(char const* name, char const* help, double value)
{
  auto metric = ClientMetric();
  metric.gauge.value = value;
  return {name, help, MetricType::Gauge, {metric}};
}

} // namespace

std::string metrics_text(std::vector<pool::model*> const& models, bool zygote_running, std::size_t connections)
{
  auto families = std::vector<MetricFamily>();
  for (auto const& what : values)
    families.push_back(family_of(what, models));
  families.push_back(own_gauge("pilotlight_connections", "Client connections open.", static_cast<double>(connections)));
  families.push_back(own_gauge("pilotlight_zygote_running", "1 when LibTorch's zygote runs; 0 at true zero.",
                               zygote_running ? 1.0 : 0.0));
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace pilotlight::collect
