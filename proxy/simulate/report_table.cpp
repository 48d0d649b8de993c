#include "proxy/simulate/report_table.hpp"
#include "proxy/cli/status_table.hpp"
#include "proxy/simulate/report_rows.hpp"

#include <cstdio>

namespace pilotlight::simulate {
namespace {

std::string shown_day(instant when)
{
  auto const day = std::chrono::floor<std::chrono::days>(when);
  auto const date = std::chrono::year_month_day(day);
  auto const time = std::chrono::hh_mm_ss(std::chrono::floor<std::chrono::minutes>(when - day));
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return text;
}

std::string counted(double value, char const* unit)
{
  return shown({"", "", figure_unit::count, value}) + " " + unit + (value == 1 ? "" : "s");
}

} // namespace

std::string shown_trace(report const& all)
{
  auto const& trace = *all.trace;
  auto const from_epoch = trace.begin < instant(std::chrono::hours(24 * 365)); // no calendar, only seconds
  return trace.source + ": " + counted(static_cast<double>(trace.models.size()), "model") + ", " +
         counted(static_cast<double>(trace.requests), "request") + " in " + cli::shown_duration(trace.seconds()) +
         (from_epoch ? "" : " from " + shown_day(trace.begin));
}

std::string shown_table(report const& all)
{
  auto columns = std::vector<std::vector<figure>>();
  auto rows = std::vector<std::vector<std::string>>{{""}};
  for (auto const& one : all.policies) {
    rows.front().push_back(one.name);
    columns.push_back(figures(all, one));
  }
  for (std::size_t i = 0; !columns.empty() && i < columns.front().size(); ++i) {
    auto row = std::vector<std::string>{std::string(columns.front()[i].label)};
    auto applies = false;
    for (auto const& column : columns) {
      row.push_back(shown(column[i]));
      applies = applies || column[i].known;
    }
    if (applies) rows.push_back(std::move(row));
  }
  auto right = std::vector<std::size_t>();
  for (std::size_t i = 1; i < rows.front().size(); ++i)
    right.push_back(i);
  return shown_trace(all) + "\n\n" + cli::align(rows, right) +
         "\nalways on: " + counted(all.always_on_instances, "instance") + " all the time\n";
}

} // namespace pilotlight::simulate
