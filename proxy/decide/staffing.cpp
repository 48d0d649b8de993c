#include "proxy/decide/staffing.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr double rounding = 1e-9;
constexpr double most = 1e6; // no pool is larger: keeps nonsense out of the integers

} // namespace

int staffed(double erlangs, double utilisation)
{
  if (!(erlangs > 0)) return 0;
  double const spare = (1 - utilisation) / std::sqrt(utilisation);
  return static_cast<int>(std::ceil(std::min(most, erlangs + spare * std::sqrt(erlangs)) - rounding));
}

double carried(int instances, double utilisation)
{
  if (instances <= 0) return 0;
  double const spare = (1 - utilisation) / std::sqrt(utilisation);
  double const root = (std::sqrt(spare * spare + 4.0 * instances) - spare) / 2;
  return root * root;
}

} // namespace pilotlight::decide
