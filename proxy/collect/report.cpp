#include "proxy/collect/report.hpp"

#include <algorithm>

namespace pilotlight::collect {

void add_measured(model_report& to, model_meter& from, moment now)
{
  auto& latency = from.latency();
  to.last_10s = latency.summary(now.steady, window::ten_seconds);
  to.minute.clear();
  auto const failed = latency.add_to(to.minute, now.steady, window::minute);
  to.last_minute = summarise(to.minute, failed, latency.span(now.steady, window::minute));
  to.all.clear();
  latency.add_to(to.all, now.steady, window::total);
  to.today = from.savings().today(now.wall);
  to.since_start = from.savings().since_start(now.wall);
}

fleet_totals total(std::vector<model_report> const& models)
{
  auto sum = fleet_totals();
  auto minute = latency_histogram();
  auto failed = std::uint64_t{0};
  auto span = std::chrono::nanoseconds(0);
  auto error = 0.0, weight = 0.0;
  for (auto const& each : models) {
    sum.active_instances += each.ready + each.starting + each.draining;
    sum.ready_instances += each.ready;
    sum.loaded_models += each.loaded ? 1 : 0;
    sum.succeeded += each.succeeded;
    sum.errors += each.errors;
    sum.today += each.today;
    sum.since_start += each.since_start;
    minute.merge(each.minute);
    failed += each.last_minute.failed;
    span = std::max(span, each.last_minute.span);
    if (each.forecast_error < 0) continue;
    auto const asked = static_cast<double>(each.succeeded + each.errors);
    error += each.forecast_error * asked;
    weight += asked;
  }
  sum.last_minute = summarise(minute, failed, span);
  if (weight > 0) sum.forecast_error = error / weight;
  return sum;
}

} // namespace pilotlight::collect
