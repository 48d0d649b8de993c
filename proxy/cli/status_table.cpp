#include "proxy/cli/status_table.hpp"

#include "proxy/cli/json_members.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

namespace pilotlight::cli {
namespace json = boost::json;
namespace {

template <class Show>
std::string number(json::object const& object, std::string_view name, Show show)
{
  auto const value = member(object, name);
  return value.is_number() ? show(value.to_number<double>()) : "-";
}

std::string size(json::object const& object, std::string_view name)
{
  return number(object, name, shown_size);
}
std::string duration(json::object const& object, std::string_view name)
{
  return number(object, name, shown_duration);
}

/// Ready of those that are wanted; all that there are, of a proxy that does not say what it wants.
std::string instances(json::object const& model)
{
  if (!model.contains("desired_instances")) return std::to_string(list(model, "instances").size());
  return text(model, "ready_instances") + "/" + text(model, "desired_instances");
}

std::vector<std::string> model_row(json::object const& model)
{
  return {text(model, "name") + ":" + text(model, "version"),
          text(model, "state"),
          text(model, "rung"),
          instances(model),
          text(model, "in_flight"),
          text(model, "held"),
          text(model, "requests"),
          text(model, "failures"),
          number(model, "p95_ms", [](double ms) { return ms > 0 ? shown_decimal(ms, 1) + " ms" : "-"; }),
          text(model, "health"),
          text(model, "pattern"),
          number(model, "forecast_per_second", [](double rate) { return shown_decimal(rate, 2) + "/s"; }),
          number(model, "cost_savings_percent", [](double percent) { return shown_decimal(percent, 0) + " %"; }),
          size(model, "pss_bytes"),
          ""};
}

std::vector<std::string> instance_row(json::object const& instance)
{
  return {"  " + text(instance, "name"),
          text(instance, "state"),
          "",
          "",
          text(instance, "in_flight"),
          "",
          "",
          "",
          "",
          instance.contains("health") ? text(instance, "health") : "",
          "",
          "",
          "",
          size(instance, "pss_bytes"),
          "pid " + text(instance, "pid") + ", up " + duration(instance, "uptime_seconds")};
}

/// Empty when it is none.
json::object object_of(std::string_view answer)
{
  auto error = boost::system::error_code();
  auto document = json::parse(json::string_view(answer.data(), answer.size()), error);
  return !error && document.is_object() ? std::move(document.as_object()) : json::object();
}

std::string reason_line(json::object const& model)
{
  auto const reason = text(model, "reason");
  auto const value = member(model, "next_try_seconds");
  auto const next_try = value.is_number() ? value.to_number<double>() : 0;
  if (reason == "-" && next_try <= 0) return {};
  auto line = text(model, "name") + ":" + text(model, "version") + ": " + reason;
  if (next_try > 0) line += "; next try in " + shown_duration(next_try);
  return line + "\n";
}

} // namespace

result<std::string> status_table(std::string_view answer)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(json::string_view(answer.data(), answer.size()), error);
  if (error || !document.is_object() || !member(document.as_object(), "models").is_array())
    return failure{fault::internal, "the answer is no status of a pilotlight"};
  auto const& root = document.as_object();
  auto const about = member(root, "proxy");
  auto const proxy = about.is_object() ? about.as_object() : json::object();

  auto shown = "pilotlight " + text(proxy, "version") + ", pid " + text(proxy, "pid") + ", up " +
               duration(proxy, "uptime_seconds") + ", " + size(proxy, "pss_bytes") + ", " + text(proxy, "connections") +
               " connections\n\n";
  auto rows = std::vector<std::vector<std::string>>{{"MODEL", "STATE", "RUNG", "READY", "IN FLIGHT", "HELD", "REQUESTS",
                                                     "FAILURES", "P95", "HEALTH", "PATTERN", "FORECAST", "SAVED",
                                                     "MEMORY", ""}};
  auto reasons = std::string();
  for (auto const& one : list(root, "models")) {
    if (!one.is_object()) continue;
    rows.push_back(model_row(one.as_object()));
    reasons += reason_line(one.as_object());
    for (auto const& instance : list(one.as_object(), "instances"))
      if (instance.is_object()) rows.push_back(instance_row(instance.as_object()));
  }
  if (rows.size() == 1) return shown + "no models\n";
  shown += align(rows, {3, 4, 5, 6, 7, 8, 9, 11, 12, 13});
  return reasons.empty() ? shown : shown + "\n" + reasons;
}

std::string health_line(std::string_view health)
{
  auto const judged = object_of(health);
  if (!judged.contains("status")) return {};
  return "health    " + text(judged, "status") + ", score " + text(judged, "score") + ", " +
         text(judged, "healthy_instances") + " of " + text(judged, "total_instances") + " instances\n";
}

std::string statistics_lines(std::string_view scaling, std::string_view performance)
{
  auto const scaled = object_of(scaling), served = object_of(performance);
  if (scaled.empty() || served.empty()) return {};
  auto const today = part(scaled, "today");
  auto const percent = [](double value) { return shown_decimal(value, 1) + " %"; };
  auto const milliseconds = [](double value) { return shown_decimal(value, 1) + " ms"; };
  return "saved     " + number(scaled, "cost_savings_percent", percent) +
         " of the worker-seconds of always-on (today " + number(today, "cost_savings_percent", percent) +
         "): " + duration(scaled, "worker_seconds") + " of " + duration(scaled, "always_on_seconds") + "\n" + //
         "scaling   " + text(scaled, "active_instances") + " instances of " + text(scaled, "loaded_models") +
         " models, today " + text(scaled, "scale_operations") + " scale operations, " + text(today, "cold_starts") +
         " cold starts; forecast accuracy " + number(scaled, "prediction_accuracy_percent", percent) + "\n" + //
         "requests  " +
         number(served, "requests_per_second", [](double rate) { return shown_decimal(rate, 1) + "/s"; }) + ", mean " +
         number(served, "avg_response_time_ms", milliseconds) + ", p95 " + number(served, "p95_ms", milliseconds) +
         ", p99 " + number(served, "p99_ms", milliseconds) + ", errors " +
         number(served, "error_rate_percent", percent) + ", answered warm " +
         number(served, "cache_hit_rate_percent", percent) + "\n";
}

std::string align(std::vector<std::vector<std::string>> const& rows, std::vector<std::size_t> const& right)
{
  auto widths = std::vector<std::size_t>();
  for (auto const& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  auto text = std::string();
  for (auto const& row : rows) {
    auto line = std::string();
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto const padding = std::string(widths[i] - row[i].size(), ' ');
      auto const to_right = std::find(right.begin(), right.end(), i) != right.end();
      line += (i == 0 ? "" : "  ") + (to_right ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string shown_size(double bytes)
{
  char text[48];
  std::snprintf(text, sizeof text, "%.1f MiB", bytes / 1048576);
  return text;
}

std::string shown_duration(double seconds)
{
  struct unit
  {
    char const* name;
    double seconds;
  };
  constexpr unit units[] = {{"d", 86'400}, {"h", 3'600}, {"min", 60}, {"s", 1}};
  if (!(seconds >= 0) || seconds > 1e12) return "-";
  for (std::size_t i = 0; i + 1 < std::size(units); ++i) {
    auto const whole = std::floor(seconds / units[i].seconds);
    if (whole < 1) continue;
    auto const rest = std::floor((seconds - whole * units[i].seconds) / units[i + 1].seconds);
    return std::to_string(static_cast<long long>(whole)) + " " + units[i].name + " " +
           std::to_string(static_cast<long long>(rest)) + " " + units[i + 1].name;
  }
  return std::to_string(static_cast<long long>(seconds)) + " s";
}

} // namespace pilotlight::cli
