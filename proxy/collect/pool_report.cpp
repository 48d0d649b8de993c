#include "proxy/collect/pool_report.hpp"

#include <algorithm>

namespace pilotlight::collect {
namespace {

double seconds(std::uint64_t nanoseconds)
{
  return static_cast<double>(nanoseconds) * 1e-9;
}

decide::rung rung_of(model_report const& report, pool::model const& one)
{
  if (report.ready > 0) return decide::rung::instance;
  return one.zygote_pid() > 0 ? decide::rung::model_zygote : decide::rung::zero;
}

} // namespace

model_report report_of(pool::model const& one)
{
  auto report = model_report();
  report.name = one.spec().name;
  report.version = one.spec().version;
  report.state = one.disabled() ? "Unloaded" : decide::to_string(one.state());
  report.loaded = decide::is_loaded(one.state());
  report.failed = one.state() == decide::model_state::failed;
  for (auto const& each : one.instances()) {
    if (each->state == pool::instance_state::ready) ++report.ready;
    if (each->state == pool::instance_state::starting) ++report.starting;
    if (each->state == pool::instance_state::draining) ++report.draining;
  }
  report.at = rung_of(report, one);
  auto const& counted = one.statistics();
  report.succeeded = counted.success.count;
  report.errors = counted.fail.count;
  report.waiting = one.waiting();
  report.running = one.running();
  report.queue_seconds = seconds(counted.queue.ns);
  report.compute_seconds = seconds(counted.compute_infer.ns);
  report.last_start = std::chrono::duration<double>(one.last_start().total).count();
  report.since_start.cold_starts = one.cold_starts();
  return report;
}

} // namespace pilotlight::collect
