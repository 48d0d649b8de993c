#include "proxy/simulate/integer_schedule.hpp"
#include "proxy/simulate/engine.hpp"
#include "proxy/simulate/station.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace pilotlight::simulate {
namespace {

constexpr std::size_t windows = 48, window_intervals = 15;

/// Evenly chosen runs of intervals of one model.
std::vector<std::span<stretch const>> samples_of(std::vector<stretch> const& all)
{
  auto samples = std::vector<std::span<stretch const>>();
  if (all.size() <= windows * window_intervals) return {std::span(all)};
  for (std::size_t i = 0; i < windows; ++i) {
    auto const from = (all.size() - window_intervals) * i / (windows - 1);
    samples.push_back(std::span(all).subspan(from, window_intervals));
  }
  return samples;
}

void replay_sample(std::span<stretch const> sample, costs const& costs, integer_schedule const& schedule,
                   std::uint64_t seed, waits& into)
{
  auto zygote = shared_zygote(costs);
  auto const ahead = costs.start.to_answer[0];
  auto model = station(0, costs, zygote, sample.front().begin - ahead);
  auto source = arrivals(sample, seed, costs.service);
  auto batches = std::vector<batch>();
  model.scale(schedule.instances(sample.front()), sample.front().begin - ahead);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    auto const end = sample[i].begin + sample[i].length;
    auto const now = schedule.instances(sample[i]);
    auto const next = i + 1 < sample.size() ? schedule.instances(sample[i + 1]) : now;
    auto const early = end - std::min(sample[i].length, costs.start.to_answer[2]);
    if (now < model.instances()) model.scale(now, sample[i].begin);
    for (auto const until : {early, end}) {
      batches.clear();
      source.take(until, batches);
      model.run(batches, until);
      if (until == early && next > now) model.scale(next, early); // to be there when the interval begins
    }
  }
  model.finish(sample.back().begin + sample.back().length);
  into.add(model.tally().waits);
}

} // namespace

int integer_schedule::instances(stretch const& during) const
{
  if (during.length == duration(0)) return 1;
  auto const erlangs = static_cast<double>(during.count) / in_seconds(during.length) * in_seconds(service);
  return static_cast<int>(std::clamp(std::ceil(erlangs / filling - 1e-9), 1.0, static_cast<double>(std::max(1, most))));
}

double utilisation(trace const& trace, integer_schedule const& schedule)
{
  auto used = 0.0, alive = 0.0;
  for (auto const& model : trace.models)
    for (auto const& one : model.stretches) {
      used += static_cast<double>(one.count) * in_seconds(schedule.service);
      alive += schedule.instances(one) * in_seconds(one.length);
    }
  return alive > 0 ? std::min(1.0, used / alive) : 0;
}

integer_schedule fullest_schedule(trace const& trace, costs const& costs, int most, duration p99, std::uint64_t seed)
{
  auto const p99_of = [&](double filling) {
    auto const schedule = integer_schedule{filling, most, costs.service};
    auto all = waits();
    for (std::size_t i = 0; i < trace.models.size(); ++i)
      if (!trace.models[i].stretches.empty())
        for (auto const sample : samples_of(trace.models[i].stretches))
          replay_sample(sample, costs, schedule, seed_of(seed, i), all);
    return all.quantile(0.99);
  };
  auto low = 0.2, high = 1.0;
  if (p99_of(high) <= p99) return {high, most, costs.service};
  while (high - low > 0.005) {
    auto const middle = (low + high) / 2;
    (p99_of(middle) <= p99 ? low : high) = middle;
  }
  return {low, most, costs.service};
}

} // namespace pilotlight::simulate
