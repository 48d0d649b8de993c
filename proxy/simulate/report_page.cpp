#include "proxy/simulate/report_page.hpp"
#include "proxy/simulate/report_rows.hpp"
#include "proxy/simulate/report_table.hpp"
#include "proxy/simulate/svg_plot.hpp"

#include <algorithm>

namespace pilotlight::simulate {
namespace {

constexpr std::size_t most_strips = 24;

constexpr char const* head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>pilotlight simulate</title>
<style>
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#667;--grid:#dde1e6;
--c0:#5b6470;--c1:#1f6feb;--c2:#c2410c;--c3:#15803d;--r1:#a9c4ea;--r2:#e0a458;--r3:#c2410c}
@media(prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e6e8eb;--soft:#98a2b0;--grid:#2b323b;
--c0:#aab4c0;--c1:#6ea8fe;--c2:#fb923c;--c3:#4ade80;--r1:#38527a;--r2:#a9742f;--r3:#fb923c}}
body{margin:0 auto;padding:1.5rem;max-width:66rem;background:var(--paper);color:var(--ink);
font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.3rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}p{margin:.3rem 0;color:var(--soft)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.18rem .6rem;border-bottom:1px solid var(--grid);text-align:right}
th:first-child,td:first-child{text-align:left}
.wide{overflow-x:auto}svg{display:block;width:100%;height:auto;margin:.6rem 0}
.grid{stroke:var(--grid);stroke-width:1}.axis{fill:var(--soft);font-size:11px}.title{fill:var(--ink);font-size:13px}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}
.r1{fill:var(--r1)}.r2{fill:var(--r2)}.r3{fill:var(--r3)}
.key{display:inline-block;width:1.1em;height:.7em;margin:0 .3em 0 .9em;border-radius:2px}
</style></head><body>
)";

std::string key(std::string const& colour, std::string_view name)
{
  return "<span class=\"key\" style=\"background:var(--" + colour + ")\"></span>" + escaped(name);
}

std::size_t colour_of(std::string const& policy)
{
  constexpr std::string_view names[] = {"fixed", "reactive", "predictive", "clairvoyant"};
  return static_cast<std::size_t>(std::find(std::begin(names), std::end(names), policy) - std::begin(names)) % 4;
}

std::string table(report const& all)
{
  auto made = std::string("<div class=\"wide\"><table><tr><th></th>");
  auto columns = std::vector<std::vector<figure>>();
  for (auto const& one : all.policies) {
    made += "<th>" + escaped(one.name) + "</th>";
    columns.push_back(figures(all, one));
  }
  made += "</tr>\n";
  for (std::size_t i = 0; !columns.empty() && i < columns.front().size(); ++i) {
    auto const applies = std::any_of(columns.begin(), columns.end(), [i](auto const& of) { return of[i].known; });
    if (!applies) continue;
    made += "<tr><td>" + escaped(columns.front()[i].label) + "</td>";
    for (auto const& column : columns)
      made += "<td>" + shown(column[i]) + "</td>";
    made += "</tr>\n";
  }
  return made + "</table></div>\n";
}

/// One figure of every policy over time.
template <class Value>
std::vector<series> lines_of(report const& all, Value value)
{
  auto lines = std::vector<series>();
  for (auto const& one : all.policies) {
    auto line = series{one.name, colour_of(one.name), {}};
    for (std::size_t i = 0; i < one.ran.timeline.size(); ++i)
      line.values.push_back(value(one.ran.timeline.at(i)));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<strip> strips_of(report const& all, policy_result const& of)
{
  auto strips = std::vector<strip>();
  for (std::size_t model = 0; model < std::min(all.trace->models.size(), most_strips); ++model) {
    auto one = strip{all.trace->models[model].name, {}};
    for (std::size_t i = 0; i < of.ran.timeline.size(); ++i)
      one.rungs.push_back(of.ran.timeline.rung_of(model, i));
    strips.push_back(std::move(one));
  }
  return strips;
}

std::string plots(report const& all)
{
  if (all.policies.empty()) return {};
  auto const& first = all.policies.front().ran.timeline;
  auto const axis = time_axis{first.begin(), first.width(), first.size()};
  auto const seconds = in_seconds(first.width());

  auto legend = std::string("<p>");
  for (auto const& one : all.policies)
    legend += key("c" + std::to_string(colour_of(one.name)), one.name);
  auto made = "<h2>Over time</h2>\n" + legend + "</p>\n";
  auto arrivals = lines_of(all, [&](moment const& at) { return at.requests / seconds; });
  arrivals.resize(1); // the same for all
  arrivals.front().name = "requests";
  arrivals.front().colour = 0;
  made += line_plot("requests per second", axis, arrivals);
  made += line_plot("requests that waited more than 100 ms, per hour", axis,
                    lines_of(all, [&](moment const& at) { return at.waited / seconds * 3'600; }));
  made += line_plot("instances (mean)", axis, lines_of(all, [](moment const& at) { return at.instances; }));
  made += line_plot("memory of all processes, MiB (mean)", axis,
                    lines_of(all, [](moment const& at) { return at.mebibytes; }));
  made += "<h2>Where the models rested</h2>\n<p>" + key("r1", "zygote") + key("r2", "model zygote") +
          key("r3", "instance") + ", blank: zero</p>\n";
  for (auto const& one : all.policies)
    made += strip_plot(one.name, axis, strips_of(all, one));
  return made;
}

} // namespace

std::string shown_page(report const& all)
{
  return head +
         ("<h1>pilotlight simulate</h1>\n<p>" + escaped(shown_trace(all)) + "; always on: " +
          std::to_string(all.always_on_instances) + (all.always_on_instances == 1 ? " instance" : " instances") +
          " all the time; seed " + std::to_string(all.seed) + "</p>\n") +
         table(all) + plots(all) + "</body></html>\n";
}

} // namespace pilotlight::simulate
