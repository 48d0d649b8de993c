#include "proxy/simulate/report_rows.hpp"

#include <cmath>
#include <cstdio>

namespace pilotlight::simulate {
namespace {

std::string formatted(char const* format, double value)
{
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string grouped(double value)
{
  auto digits = formatted("%.0f", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (digits.starts_with('-') ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string shown_wait(double seconds)
{
  if (seconds < 0.0005) return "0";
  if (seconds < 1) return formatted("%.0f ms", seconds * 1e3);
  return formatted(seconds < 100 ? "%.1f s" : "%.0f s", seconds);
}

double seconds_of(duration wait)
{
  return in_seconds(wait);
}

/// Against other policies; without a comparison all are unknown.
void add_comparison(std::vector<figure>& into, policy_result const& of)
{
  auto const known = of.compared.has_value();
  auto const c = of.compared.value_or(comparison());
  auto const divided = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  auto const gain = [&](double best) { return divided(c.same_memory_waited - c.waited, c.same_memory_waited - best); };
  into.push_back(
      {"same_memory_delay_seconds", "fixed delay of the same memory", figure_unit::hours, c.same_memory_delay, known});
  into.push_back({"waited_against_same_memory", "waited, against that delay", figure_unit::ratio,
                  divided(c.waited, c.same_memory_waited), known && c.same_memory_waited > 0});
  into.push_back(
      {"same_waits_delay_seconds", "fixed delay of no more waits", figure_unit::hours, c.same_waits_delay, known});
  into.push_back({"memory_against_same_waits", "memory, against that delay", figure_unit::ratio,
                  divided(c.mebibyte_seconds, c.same_waits_mebibyte_seconds),
                  known && c.same_waits_mebibyte_seconds > 0});
  into.push_back({"waited_against_plain", "waited, against scale_to_zero_delay", figure_unit::ratio,
                  divided(c.waited, c.plain_waited), known && c.plain_waited > 0});
  into.push_back({"memory_against_plain", "memory, against scale_to_zero_delay", figure_unit::ratio,
                  divided(c.mebibyte_seconds, c.plain_mebibyte_seconds), known && c.plain_mebibyte_seconds > 0});
  into.push_back({"gain_of_clairvoyant", "gain reached, of who bridges the shortest gaps", figure_unit::percent,
                  gain(c.clairvoyant_waited), known && c.same_memory_waited > c.clairvoyant_waited});
  auto const possible = c.same_waits_mebibyte_seconds - c.clairvoyant_mebibyte_seconds;
  into.push_back({"gain_memory", "gain reached in memory, of who bridges the shortest", figure_unit::percent,
                  divided(c.same_waits_mebibyte_seconds - c.mebibyte_seconds, possible), known && possible > 0});
  into.push_back({"gain_of_clairvoyant_prewarming", "gain reached, of who also starts ahead", figure_unit::percent,
                  gain(c.prewarming_waited), known && c.same_memory_waited > c.prewarming_waited});
}

} // namespace

std::vector<figure> figures(report const& all, policy_result const& of)
{
  auto const& total = of.ran.total;
  auto const& waits = total.waits;
  auto const utilisation = total.worker_seconds > 0 ? total.used_seconds / total.worker_seconds : 0;
  auto rows = std::vector<figure>{
      {"requests", "requests", figure_unit::count, waits.count() + total.refused},
      {"refused", "refused over the budget", figure_unit::count, total.refused, total.refused > 0},
      {"cold_starts", "cold starts", figure_unit::count, static_cast<double>(total.cold_starts())},
      {"forks_on_demand", "starts from a warm model zygote", figure_unit::count, static_cast<double>(total.starts[2])},
      {"starts_ahead", "starts ahead of a request", figure_unit::count, static_cast<double>(total.ahead)},
      {"waited", "waited more than 100 ms", figure_unit::count, waits.over_threshold()},
      {"waited_share", "share that waited", figure_unit::percent,
       waits.count() > 0 ? waits.over_threshold() / waits.count() : 0},
      {"wait_p99_seconds", "wait, p99 of all", figure_unit::seconds, seconds_of(waits.quantile(0.99))},
      {"waiting_p50_seconds", "wait of those, p50", figure_unit::seconds, seconds_of(waits.quantile_of_waiting(0.5))},
      {"waiting_p95_seconds", "wait of those, p95", figure_unit::seconds, seconds_of(waits.quantile_of_waiting(0.95))},
      {"waiting_p99_seconds", "wait of those, p99", figure_unit::seconds, seconds_of(waits.quantile_of_waiting(0.99))},
      {"wait_max_seconds", "wait, longest", figure_unit::seconds, seconds_of(waits.longest())},
      {"worker_seconds", "worker time", figure_unit::hours, total.worker_seconds},
      {"worker_seconds_used", "  used", figure_unit::hours, total.used_seconds},
      {"worker_seconds_wasted", "  wasted (idle)", figure_unit::hours, total.worker_seconds - total.used_seconds},
      {"mebibyte_seconds", "memory x time", figure_unit::gib_hours, total.mebibyte_seconds},
      {"utilisation", "utilisation", figure_unit::percent, utilisation},
      {"most_instances", "most instances of a model", figure_unit::count, static_cast<double>(total.most_instances)},
      {"scale_operations", "scale operations", figure_unit::count, static_cast<double>(total.ups + total.downs)},
      {"flaps", "flaps", figure_unit::count, static_cast<double>(total.flaps)},
      {"savings_worker_seconds", "saved worker time, against always on", figure_unit::percent,
       saved(total.worker_seconds, all.always_on_worker_seconds)},
      {"savings_memory", "saved memory, against always on", figure_unit::percent,
       saved(total.mebibyte_seconds, all.always_on_mebibyte_seconds)},
  };
  auto const accurate = [&](std::vector<accuracy> const& from, std::size_t which, bool last) {
    auto const known = which < from.size() && from[which].minutes > 0;
    return std::pair(known ? (last ? from[which].last() : from[which].forecast()) : 0, known);
  };
  auto const add = [&](std::string_view key, std::string_view label, std::pair<double, bool> value) {
    rows.push_back({key, label, figure_unit::percent, value.first, value.second});
  };
  add("forecast_15min", "forecast of a minute, 15 min ahead", accurate(of.forecasts, 0, false));
  add("forecast_60min", "forecast of a minute, 60 min ahead", accurate(of.forecasts, 1, false));
  add("forecast_15min_late", "  15 min, after two weeks", accurate(of.late_forecasts, 0, false));
  add("forecast_60min_late", "  60 min, after two weeks", accurate(of.late_forecasts, 1, false));
  add("last_value_15min_late", "  the last value alone, 15 min", accurate(of.late_forecasts, 0, true));
  add("last_value_60min_late", "  the last value alone, 60 min", accurate(of.late_forecasts, 1, true));
  add_comparison(rows, of);
  auto const& schedule = of.schedule_utilisation;
  rows.push_back({"schedule_utilisation", "utilisation, integer schedule of the same p99", figure_unit::percent,
                  schedule.value_or(0), schedule.has_value()});
  rows.push_back({"utilisation_against_schedule", "utilisation, against that schedule", figure_unit::ratio,
                  schedule && *schedule > 0 ? utilisation / *schedule : 0, schedule.has_value()});
  return rows;
}

std::string shown(figure const& one)
{
  if (!one.known) return "-";
  switch (one.unit) {
  case figure_unit::count: return grouped(std::round(one.value));
  case figure_unit::percent: {
    auto percent = one.value * 100;
    if (percent < 0 && percent > -0.0005) percent = 0; // not "-0.000"
    return formatted(percent != 0 && std::abs(percent) < 0.095 ? "%.3f %%" : "%.1f %%", percent);
  }
  case figure_unit::seconds: return shown_wait(one.value);
  case figure_unit::hours:
    return one.value < 7'200 ? formatted(one.value < 100 ? "%.1f s" : "%.0f s", one.value)
                             : grouped(one.value / 3'600) + " h";
  case figure_unit::gib_hours: {
    auto const hours = one.value / 1'024 / 3'600;
    return (hours < 100 ? formatted("%.2f", hours) : grouped(hours)) + " GiB h";
  }
  case figure_unit::ratio: return formatted("%.3fx", one.value);
  }
  return "-";
}

} // namespace pilotlight::simulate
