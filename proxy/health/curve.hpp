// How does a measured quantity become a score? Along straight lines between points. Pure.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

namespace pilotlight::health {

struct point
{
  double x;
  double y;
};

/// The value at `x` of the line through `points` (x strictly rising); flat beyond both ends. Monotone where the points
/// are. NaN is taken as the last point: what cannot be measured is not praised.
template <std::size_t n>
constexpr double along(std::array<point, n> const& points, double x)
{
  if (std::isnan(x) || x >= points.back().x) return points.back().y;
  if (x <= points.front().x) return points.front().y;
  std::size_t i = 1;
  while (points[i].x < x)
    ++i;
  auto const& [left, right] = std::array{points[i - 1], points[i]};
  return left.y + (right.y - left.y) * (x - left.x) / (right.x - left.x);
}

} // namespace pilotlight::health
