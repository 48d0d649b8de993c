#include "proxy/cli/explain_table.hpp"

#include "proxy/cli/json_members.hpp"
#include "proxy/cli/status_table.hpp"

#include <boost/json.hpp>
#include <vector>

namespace pilotlight::cli {
namespace json = boost::json;
namespace {

failure no_answer()
{
  return {fault::internal, "the answer is no list of decisions of a pilotlight"};
}

std::string action_of(json::object const& one)
{
  auto shown = text(one, "action");
  if (one.contains("instances")) shown += " to " + text(one, "instances");
  if (one.contains("to")) shown += " at " + text(one, "to");
  if (one.contains("instance")) shown += " " + text(one, "instance");
  if (is_true(one, "urgent")) shown += ", urgent";
  if (is_true(one, "dry_run")) shown += " (dry run)";
  if (auto const times = figure(one, "times"); times && *times > 1) shown += ", " + shown_decimal(*times, 0) + " times";
  return shown;
}

std::string figures_of(json::object const& one)
{
  auto const facts = part(one, "facts");
  auto const forecast = part(one, "forecast");
  auto shown = std::string();
  auto const add = [&](std::string const& piece) { shown += (shown.empty() ? "" : ", ") + piece; };
  auto const count = [&](char const* name, char const* word, bool always) {
    if (auto const number = figure(facts, name); number && (always || *number > 0))
      add(shown_decimal(*number, 0) + " " + word);
  };
  count("ready", "ready", true);
  count("starting", "starting", false);
  count("draining", "draining", false);
  count("waiting", "waiting", false);
  count("in_flight", "in flight", false);
  if (auto const mean = figure(facts, "concurrency"); mean && *mean > 0) add(shown_decimal(*mean, 1) + " inside");
  if (auto const p95 = figure(facts, "p95_seconds"); p95 && *p95 > 0)
    add("p95 " + shown_decimal(*p95 * 1000, 1) + " ms");
  if (auto const idle = figure(facts, "idle_seconds"); idle && *idle > 0) add("idle " + shown_duration(*idle));
  if (auto const rate = figure(forecast, "requests_per_second")) add("forecast " + shown_decimal(*rate, 2) + "/s");
  return shown.empty() ? "-" : shown;
}

/// "2026-11-24T12:28:11.123Z" without what nobody reads.
std::string time_of(json::object const& one)
{
  auto time = text(one, "time");
  if (time.size() < 19 || time[10] != 'T') return time;
  time.resize(19);
  time[10] = ' ';
  return time;
}

std::vector<std::string> row_of(json::object const& one)
{
  return {time_of(one), action_of(one), figures_of(one), text(one, "reason")};
}

} // namespace

result<std::string> explain_table(std::string_view answer, std::string_view model)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(json::string_view(answer.data(), answer.size()), error);
  if (error || !document.is_object() || !member(document.as_object(), "decisions").is_array()) return no_answer();
  auto rows = std::vector<std::vector<std::string>>{{"TIME (UTC)", "ACTION", "FIGURES", "REASON"}};
  for (auto const& each : list(document.as_object(), "decisions"))
    if (each.is_object()) rows.push_back(row_of(each.as_object()));
  if (rows.size() == 1) return "nothing was decided yet about " + std::string(model) + "\n";
  return align(rows, {});
}

result<std::string> decision_line(std::string_view data)
{
  auto error = boost::system::error_code();
  auto const document = json::parse(json::string_view(data.data(), data.size()), error);
  if (error || !document.is_object()) return no_answer();
  auto line = std::string();
  for (auto const& piece : row_of(document.as_object()))
    line += (line.empty() ? "" : "  ") + piece;
  return line;
}

} // namespace pilotlight::cli
