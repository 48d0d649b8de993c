// How do numbers over time look as a picture? Draws SVG for a page with the styles of report_page. Pure.
#pragma once
#include "proxy/decide/rung.hpp"
#include "proxy/simulate/trace.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::simulate {

/// What the horizontal axis stands for.
struct time_axis
{
  instant begin{};
  duration piece{0};
  std::size_t pieces = 0;
};

struct series
{
  std::string name;
  std::size_t colour = 0;     ///< class c0, c1, ... of the page
  std::vector<double> values; ///< one for each piece
};

/// Lines over each other, with one scale from 0 to the largest value.
std::string line_plot(std::string_view title, time_axis const& axis, std::vector<series> const& lines);

struct strip
{
  std::string name;
  std::vector<decide::rung> rungs; ///< one for each piece
};

/// A row for each strip, coloured by rung (classes r1 to r3; zero is left blank).
std::string strip_plot(std::string_view title, time_axis const& axis, std::vector<strip> const& strips);

/// For text between tags and in attributes.
std::string escaped(std::string_view text);

} // namespace pilotlight::simulate
