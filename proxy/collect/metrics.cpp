#include "proxy/collect/metrics.hpp"

#include <array>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace pilotlight::collect {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// One value of a report, and what it is called.
template <class Report>
struct value
{
  char const* name;
  char const* help;
  MetricType type;
  double (*read)(Report const&);
};

template <class Number>
double number(Number from)
{
  return static_cast<double>(from);
}

constexpr auto counter = MetricType::Counter;
constexpr auto gauge = MetricType::Gauge;
using model = model_report;
using service = service_report;

// clang-format off
constexpr value<model> of_models[] = {
    {"pilotlight_requests_succeeded_total", "Infer requests answered by the model.", counter,
     [](model const& one) { return number(one.succeeded); }},
    {"pilotlight_requests_failed_total", "Infer requests that were admitted and ended in an error.", counter,
     [](model const& one) { return number(one.errors); }},
    {"pilotlight_requests_warm_total", "Answered requests that found a ready instance when they came.", counter,
     [](model const& one) { return number(one.since_start.warm); }},
    {"pilotlight_queue_duration_seconds_total", "Time that requests waited before a worker took them up.", counter,
     [](model const& one) { return one.queue_seconds; }},
    {"pilotlight_compute_duration_seconds_total", "Time in forward().", counter,
     [](model const& one) { return one.compute_seconds; }},
    {"pilotlight_requests_waiting", "Requests held or queued, in no worker yet.", gauge,
     [](model const& one) { return number(one.waiting); }},
    {"pilotlight_requests_running", "Requests in a worker's ring or running.", gauge,
     [](model const& one) { return number(one.running); }},
    {"pilotlight_oldest_wait_seconds", "How long the request that waits longest has waited.", gauge,
     [](model const& one) { return one.oldest_wait; }},
    {"pilotlight_instances_ready", "Instances that take requests.", gauge,
     [](model const& one) { return number(one.ready); }},
    {"pilotlight_instances_starting", "Instances on their way.", gauge,
     [](model const& one) { return number(one.starting); }},
    {"pilotlight_instances_draining", "Instances that answer their last requests.", gauge,
     [](model const& one) { return number(one.draining); }},
    {"pilotlight_instances_desired", "Instances that the last decision wants.", gauge,
     [](model const& one) { return number(one.desired); }},
    {"pilotlight_model_loaded", "1 when processes of the model exist or are being made.", gauge,
     [](model const& one) { return one.loaded ? 1.0 : 0.0; }},
    {"pilotlight_model_failed", "1 when the model cannot be started.", gauge,
     [](model const& one) { return one.failed ? 1.0 : 0.0; }},
    {"pilotlight_model_rung", "How warm it is: 0 zero, 1 zygote, 2 model zygote, 3 instance.", gauge,
     [](model const& one) { return number(static_cast<int>(one.at)); }},
    {"pilotlight_model_cpu_cores", "CPU in use by its processes, in cores.", gauge,
     [](model const& one) { return one.cores; }},
    {"pilotlight_model_memory_bytes", "Proportional memory (PSS) of its processes.", gauge,
     [](model const& one) { return number(one.bytes); }},
    {"pilotlight_model_health_ratio", "Health score of the model, 0 to 1.", gauge,
     [](model const& one) { return one.health ? *one.health / 100.0 : -1; }},
    {"pilotlight_forecast_requests_per_second", "Arrivals expected a minute ahead.", gauge,
     [](model const& one) { return one.forecast_rate; }},
    {"pilotlight_forecast_error_ratio", "Mean absolute error of late forecasts over the mean rate (WAPE).", gauge,
     [](model const& one) { return one.forecast_error; }},
    {"pilotlight_cold_starts_total", "Starts that requests have waited for.", counter,
     [](model const& one) { return number(one.since_start.cold_starts); }},
    {"pilotlight_scale_operations_total", "Scaling actions carried out.", counter,
     [](model const& one) { return number(one.since_start.scale_operations); }},
    {"pilotlight_last_start_duration_seconds", "From the order to start until the first instance was ready, last time.",
     gauge, [](model const& one) { return one.last_start; }},
    {"pilotlight_worker_seconds_total", "Time that instances existed, summed over them.", counter,
     [](model const& one) { return one.since_start.worker_seconds; }},
    {"pilotlight_always_on_seconds_total", "The same had it never gone below one instance.", counter,
     [](model const& one) { return one.since_start.always_on_seconds; }},
    {"pilotlight_memory_byte_seconds_total", "Memory of its processes times the time it was held.", counter,
     [](model const& one) { return one.since_start.mib_seconds * 1048576; }},
    {"pilotlight_always_on_memory_byte_seconds_total", "The same had it never gone below one instance.", counter,
     [](model const& one) { return one.since_start.always_on_mib_seconds * 1048576; }},
};

constexpr value<service> of_service[] = {
    {"pilotlight_uptime_seconds", "Time since the proxy started.", gauge, [](service const& one) { return one.uptime; }},
    {"pilotlight_connections", "Client connections open.", gauge,
     [](service const& one) { return number(one.connections); }},
    {"pilotlight_event_streams", "Readers of the decision stream.", gauge,
     [](service const& one) { return number(one.streams); }},
    {"pilotlight_zygote_running", "1 when LibTorch's zygote runs; 0 at true zero.", gauge,
     [](service const& one) { return one.zygote_running ? 1.0 : 0.0; }},
    {"pilotlight_zygote_memory_bytes", "Proportional memory (PSS) of the shared zygote.", gauge,
     [](service const& one) { return number(one.zygote_bytes); }},
    {"pilotlight_proxy_memory_bytes", "Proportional memory (PSS) of the proxy itself.", gauge,
     [](service const& one) { return number(one.proxy_bytes); }},
    {"pilotlight_decisions_total", "Actions decided, those of a dry run and refused ones included.", counter,
     [](service const& one) { return number(one.decisions); }},
    {"pilotlight_decision_tick_seconds", "What the last decision tick took.", gauge,
     [](service const& one) { return one.tick_seconds; }},
    {"pilotlight_budget_used_worker_seconds", "Worker-seconds used this month.", gauge,
     [](service const& one) { return one.budget_used < 0 ? -1 : one.budget_used * 3600; }},
    {"pilotlight_budget_worker_seconds", "Worker-seconds allowed a month.", gauge,
     [](service const& one) { return one.budget < 0 ? -1 : one.budget * 3600; }},
    {"pilotlight_config_reloads_total", "Configurations taken up while running.", counter,
     [](service const& one) { return number(one.reloads); }},
    {"pilotlight_config_reloads_refused_total", "Configurations that were refused while running.", counter,
     [](service const& one) { return number(one.reloads_refused); }},
    {"pilotlight_history_saves_total", "Times the history was written.", counter,
     [](service const& one) { return number(one.history_saves); }},
    {"pilotlight_history_failures_total", "Times the history could not be read or written.", counter,
     [](service const& one) { return number(one.history_failures); }},
    {"pilotlight_node_cpu_cores", "Cores that may be used: the cgroup's quota, else the CPUs.", gauge,
     [](service const& one) { return one.node.cores; }},
    {"pilotlight_node_cpu_used_cores", "Cores in use on the node, or in the cgroup that has a quota.", gauge,
     [](service const& one) { return one.node.cores_used; }},
    {"pilotlight_node_cpu_pressure_ratio", "Time in which some process waited for a CPU (PSI, 10 s).", gauge,
     [](service const& one) { return one.node.cpu_pressure / 100; }},
    {"pilotlight_node_memory_pressure_ratio", "Time in which some process waited for memory (PSI, 10 s).", gauge,
     [](service const& one) { return one.node.memory_pressure / 100; }},
    {"pilotlight_node_memory_bytes", "Memory that may be used: the cgroup's limit, else the node's.", gauge,
     [](service const& one) { return number(one.node.memory); }},
    {"pilotlight_node_memory_available_bytes", "Memory that can be had without swapping.", gauge,
     [](service const& one) { return number(one.node.memory_available); }},
};
// clang-format on

constexpr std::array latency_bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};

std::vector<ClientMetric::Label> labels_of(model_report const& one)
{
  return {{"model", one.name}, {"version", one.version}};
}

/// Negative: not known, so there is no sample.
void add(MetricFamily& to, std::vector<ClientMetric::Label> labels, double what)
{
  if (what < 0) return;
  auto metric = ClientMetric();
  metric.label = std::move(labels);
  (to.type == counter ? metric.counter.value : metric.gauge.value) = what;
  to.metric.push_back(std::move(metric));
}

MetricFamily latency_family(std::vector<model_report> const& models)
{
  auto family = MetricFamily{"pilotlight_request_duration_seconds",
                             "Time from arrival to answer, of requests that succeeded.",
                             MetricType::Histogram,
                             {}};
  for (auto const& each : models) {
    auto metric = ClientMetric();
    metric.label = labels_of(each);
    metric.histogram.sample_count = each.all.count();
    metric.histogram.sample_sum = std::chrono::duration<double>(each.all.sum()).count();
    for (auto const bound : latency_bounds) {
      auto const limit = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(bound));
      metric.histogram.bucket.push_back({each.all.at_most(limit), bound});
    }
    family.metric.push_back(std::move(metric));
  }
  return family;
}

void add_gpus(std::vector<MetricFamily>& to, std::vector<gpu_usage> const& gpus)
{
  if (gpus.empty()) return;
  auto busy = MetricFamily{"pilotlight_gpu_used_ratio", "Time in which a kernel ran on the GPU.", gauge, {}};
  auto size = MetricFamily{"pilotlight_gpu_memory_bytes", "Memory of the GPU.", gauge, {}};
  auto used = MetricFamily{"pilotlight_gpu_memory_used_bytes", "Memory of the GPU in use by everything.", gauge, {}};
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    auto const label = std::vector<ClientMetric::Label>{{"gpu", std::to_string(i)}};
    if (gpus[i].used_percent) add(busy, label, *gpus[i].used_percent / 100);
    if (gpus[i].memory) add(size, label, number(*gpus[i].memory));
    if (gpus[i].memory_used) add(used, label, number(*gpus[i].memory_used));
  }
  to.insert(to.end(), {std::move(busy), std::move(size), std::move(used)});
}

} // namespace

std::string metrics_text(fleet_report const& report)
{
  auto families = std::vector<MetricFamily>();
  for (auto const& what : of_models) {
    auto family = MetricFamily{what.name, what.help, what.type, {}};
    for (auto const& each : report.models)
      add(family, labels_of(each), what.read(each));
    families.push_back(std::move(family));
  }
  families.push_back(latency_family(report.models));
  for (auto const& what : of_service) {
    auto family = MetricFamily{what.name, what.help, what.type, {}};
    add(family, {}, what.read(report.service));
    families.push_back(std::move(family));
  }
  add_gpus(families, report.service.node.gpus);
  std::erase_if(families, [](MetricFamily const& each) { return each.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

} // namespace pilotlight::collect
