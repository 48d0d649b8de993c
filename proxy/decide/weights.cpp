#include "proxy/decide/weights.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr double worth_telling = 0.1;

bool serves(instance_facts const& one)
{
  return one.ready && !one.draining && one.health >= unhealthy;
}

} // namespace

std::vector<double> measured_weights(model_facts const& facts)
{
  std::vector<double> times;
  for (auto const& one : facts.instances)
    if (serves(one) && one.service > duration::zero()) times.push_back(static_cast<double>(one.service.count()));
  double typical = 1;
  if (!times.empty()) {
    auto const middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    typical = *middle;
  }
  std::vector<double> weights;
  weights.reserve(facts.instances.size());
  for (auto const& one : facts.instances) {
    double const time = one.service > duration::zero() ? static_cast<double>(one.service.count()) : typical;
    weights.push_back(serves(one) ? 1 / time : 0.0); // a degraded one's share is the balancer's to halve
  }
  double const largest = weights.empty() ? 0 : std::ranges::max(weights);
  if (largest > 0)
    for (auto& weight : weights)
      weight /= largest;
  return weights;
}

difference differs(std::vector<double> const& before, std::vector<double> const& now)
{
  if (std::ranges::all_of(now, [](double weight) { return weight <= 0; })) return difference::none;
  if (before.size() != now.size()) return difference::others;
  auto found = difference::none;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if ((before[i] > 0) != (now[i] > 0)) return difference::others;
    if (std::abs(before[i] - now[i]) > worth_telling) found = difference::shares;
  }
  return found;
}

} // namespace pilotlight::decide
