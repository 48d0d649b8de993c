#include "proxy/simulate/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace pilotlight::simulate {
namespace {

constexpr double left = 64, top = 24, width = 900, height = 150, row = 14, below = 22;

template <class... Values>
std::string text(char const* format, Values... values)
{
  char made[256];
  std::snprintf(made, sizeof made, format, values...);
  return made;
}

double x_of(time_axis const& axis, std::size_t piece)
{
  return left + width * static_cast<double>(piece) / static_cast<double>(std::max<std::size_t>(axis.pieces, 1));
}

/// The least of 1, 2, 5 x 10^n that is not below.
double rounded_up(double value)
{
  auto const power = std::pow(10, std::floor(std::log10(value)));
  for (auto const step : {1.0, 2.0, 5.0})
    if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

std::string shown_value(double value)
{
  if (value >= 1e6) return text("%gM", value / 1e6);
  if (value >= 1e4) return text("%gk", value / 1e3);
  return text("%g", value);
}

/// Days of the month under long axes, hours under short ones, seconds where there is no calendar.
std::string shown_moment(instant when, duration whole)
{
  if (when < instant(std::chrono::days(365))) return text("%.1f h", in_seconds(when.time_since_epoch()) / 3'600);
  auto const day = std::chrono::floor<std::chrono::days>(when);
  auto const date = std::chrono::year_month_day(day);
  auto const time = std::chrono::hh_mm_ss(std::chrono::floor<std::chrono::minutes>(when - day));
  auto const month = static_cast<unsigned>(date.month()), of_month = static_cast<unsigned>(date.day());
  if (whole > std::chrono::days(200)) return text("%04d-%02u", static_cast<int>(date.year()), month);
  if (whole > std::chrono::days(3)) return text("%02u-%02u", month, of_month);
  return text("%02u-%02u %02d:%02d", month, of_month, static_cast<int>(time.hours().count()),
              static_cast<int>(time.minutes().count()));
}

std::string time_labels(time_axis const& axis, double bottom)
{
  auto made = std::string();
  constexpr std::size_t labels = 8;
  auto const whole = axis.piece * static_cast<std::int64_t>(axis.pieces);
  for (std::size_t i = 0; i <= labels; ++i) {
    auto const piece = axis.pieces * i / labels;
    auto const when = axis.begin + axis.piece * static_cast<std::int64_t>(piece);
    made += text("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"/>", x_of(axis, piece),
                 x_of(axis, piece), top, bottom);
    made += text("<text class=\"axis\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">", x_of(axis, piece), bottom + 15) +
            shown_moment(when, whole) + "</text>";
  }
  return made;
}

std::string opened(std::string_view title, double bottom)
{
  auto const name = escaped(title);
  return text("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", left + width + 40, bottom + below) + name +
         text("\"><text class=\"title\" x=\"%.0f\" y=\"15\">", left) + name + "</text>";
}

std::string path_of(series const& line, time_axis const& axis, double largest)
{
  auto points = std::string();
  for (std::size_t i = 0; i < line.values.size(); ++i)
    points += text("%.1f,%.1f ", x_of(axis, i), top + height * (1 - line.values[i] / largest));
  return "<polyline class=\"line c" + std::to_string(line.colour) + "\" points=\"" + points + "\"><title>" +
         escaped(line.name) + "</title></polyline>";
}

} // namespace

std::string escaped(std::string_view plain)
{
  auto made = std::string();
  for (auto const c : plain)
    switch (c) {
    case '&': made += "&amp;"; break;
    case '<': made += "&lt;"; break;
    case '>': made += "&gt;"; break;
    case '"': made += "&quot;"; break;
    default: made += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  return made;
}

std::string line_plot(std::string_view title, time_axis const& axis, std::vector<series> const& lines)
{
  auto largest = 0.0;
  for (auto const& line : lines)
    for (auto const value : line.values)
      largest = std::max(largest, value);
  largest = largest > 0 ? rounded_up(largest) : 1;

  auto made = opened(title, top + height) + time_labels(axis, top + height);
  for (auto const share : {0.0, 0.5, 1.0}) {
    auto const y = top + height * (1 - share);
    made += text("<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>", left, left + width, y, y);
    made += text("<text class=\"axis\" text-anchor=\"end\" x=\"%.0f\" y=\"%.1f\">", left - 6, y + 4) +
            shown_value(largest * share) + "</text>";
  }
  for (auto const& line : lines)
    made += path_of(line, axis, largest);
  return made + "</svg>\n";
}

std::string strip_plot(std::string_view title, time_axis const& axis, std::vector<strip> const& strips)
{
  auto const bottom = top + row * static_cast<double>(strips.size());
  auto made = opened(title, bottom) + time_labels(axis, bottom);
  for (std::size_t i = 0; i < strips.size(); ++i) {
    auto const& rungs = strips[i].rungs;
    auto const y = top + row * static_cast<double>(i);
    auto const name = strips[i].name.size() > 10 ? strips[i].name.substr(0, 9) + "…" : strips[i].name;
    made += text("<text class=\"axis\" text-anchor=\"end\" x=\"%.0f\" y=\"%.1f\">", left - 4, y + row - 4) +
            escaped(name) + "</text>";
    for (std::size_t from = 0; from < rungs.size();) {
      auto to = from + 1;
      while (to < rungs.size() && rungs[to] == rungs[from])
        ++to;
      if (rungs[from] != decide::rung::zero)
        made +=
            text("<rect class=\"r%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\"/>",
                 static_cast<int>(rungs[from]), x_of(axis, from), y + 1, x_of(axis, to) - x_of(axis, from), row - 2);
      from = to;
    }
  }
  return made + "</svg>\n";
}

} // namespace pilotlight::simulate
