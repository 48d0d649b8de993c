#include "proxy/health/baseline.hpp"
#include "proxy/health/curve.hpp"
#include "proxy/health/wording.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::health {
namespace {

double median_of(std::vector<double> values)
{
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double seconds(duration time)
{
  return std::chrono::duration<double>(time).count();
}

/// A score is floored, so that what is below the pass mark stays below it.
int to_score(double value)
{
  return static_cast<int>(std::clamp(value, 0.0, 100.0));
}

} // namespace

void baseline::track::form()
{
  normal = median_of(first);
  for (auto& each : first)
    each = std::abs(each - normal);
  spread = median_of(first);
  first = {};
}

double baseline::track::tolerance() const
{
  return 3 * spread;
}

void baseline::track::learn(double value, double weight)
{
  // At least a twentieth: a spread that was zero at first must be able to grow.
  auto const most = std::max(tolerance(), normal / 20);
  auto const step = std::clamp(value - normal, -most, most);
  spread += weight * (std::abs(step) - spread);
  normal += weight * step;
}

finding baseline::judge(double latency, double throughput, bool own) const
{
  constexpr auto scores = std::array{point{1.25, 100}, point{1.5, 79}, point{2, 60}, point{3, 35}, point{5, 0}};
  constexpr double floor_of_shared = 30;
  auto const slower = std::max(0.0, latency - latency_.tolerance()) / latency_.normal;
  auto const fewer = std::max(0.0, throughput_.normal - throughput_.tolerance()) / throughput;
  auto const score = to_score(std::max(along(scores, std::max(slower, fewer)), own ? 0.0 : floor_of_shared));
  if (score >= pass_mark) return {check::performance, score, false, {}};
  auto sentence = slower >= fewer ? "its median compute time is " + in_words(duration(std::llround(latency * 1e6))) +
                                        ", normal is " + in_words(normal())
                                  : "it answers " + figure(throughput) + " requests a second of busy time, normal is " +
                                        figure(throughput_.normal);
  return {check::performance, score, false, std::move(sentence)};
}

void baseline::learn(double latency, double throughput, bool fine)
{
  if (fine) {
    strange_ = 0;
    latency_.learn(latency, how_.learning);
    throughput_.learn(throughput, how_.learning);
    return;
  }
  if (how_.accept_after <= 0) return;
  auto const agrees = strange_ > 0 && std::abs(latency - strange_latency_) <= strange_latency_ / 4 &&
                      std::abs(throughput - strange_throughput_) <= strange_throughput_ / 4;
  strange_ = agrees ? strange_ + 1 : 1;
  auto const weight = 1.0 / strange_;
  strange_latency_ = agrees ? strange_latency_ + weight * (latency - strange_latency_) : latency;
  strange_throughput_ = agrees ? strange_throughput_ + weight * (throughput - strange_throughput_) : throughput;
  if (strange_ < how_.accept_after) return;
  strange_ = 0;
  latency_.normal = strange_latency_;
  throughput_.normal = strange_throughput_;
}

std::optional<finding> baseline::take(performance_sample const& sample)
{
  if (sample.answered < std::max<std::uint64_t>(1, how_.fewest_answers) || sample.median.count() <= 0 ||
      sample.busy.count() <= 0)
    return std::nullopt;
  auto const latency = seconds(sample.median);
  auto const throughput = static_cast<double>(sample.answered) / seconds(sample.busy);
  if (!formed()) {
    latency_.first.push_back(latency);
    throughput_.first.push_back(throughput);
    if (std::ssize(latency_.first) >= how_.fewest_periods) {
      latency_.form();
      throughput_.form();
    }
    return std::nullopt;
  }
  auto found = judge(latency, throughput, sample.siblings_passed);
  learn(latency, throughput, passed(found));
  return found;
}

} // namespace pilotlight::health
