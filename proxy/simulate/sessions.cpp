#include "proxy/simulate/sessions.hpp"
#include "proxy/simulate/arrivals.hpp"
#include "proxy/simulate/engine.hpp"
#include "proxy/simulate/waits.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::simulate {
namespace {

using decide::rung;

/// The queue behind a cold start, as long as somebody in it waits too long.
struct cold_start
{
  bool open = false;
  instant free{};
  std::uint32_t waited = 0;

  void begin(instant now, duration start) { *this = {true, now + start, 0}; }
  void arrived(batch const& one, duration service)
  {
    for (std::uint32_t i = 0; open && i < one.count; ++i) {
      auto const begins = std::max(one.when, free);
      open = begins - one.when > waits::threshold;
      if (open) ++waited;
      free = begins + service;
    }
  }
};

void add_sessions(trace const& trace, std::size_t model, costs const& costs, std::uint64_t seed,
                  std::vector<session>& into)
{
  auto source = arrivals(trace.models[model].stretches, seed_of(seed, model), costs.service);
  auto batches = std::vector<batch>();
  auto now = session();
  auto from_zero = cold_start();
  auto from_zygote = cold_start();
  now.model = static_cast<std::uint32_t>(model);
  now.first = true;
  auto any = false;
  auto const close = [&](instant next) {
    now.next = next;
    now.cold_from_zero = from_zero.waited;
    now.cold_from_zygote = from_zygote.waited;
    into.push_back(now);
    now.first = false;
  };
  for (auto next = source.next(); next != instant::max(); next = source.next()) {
    batches.clear();
    source.take(next + least_gap, batches);
    for (auto const& one : batches) {
      if (any && one.when < now.end + least_gap) {
        now.end = std::max(now.end, one.when) + (one.dense ? bin_width : costs.service * one.count);
      } else {
        if (any) close(one.when);
        any = true;
        now.begin = one.when;
        now.end = one.when + (one.dense ? bin_width : costs.service * one.count);
        from_zero.begin(one.when, costs.start.to_answer[0]);
        from_zygote.begin(one.when, costs.start.to_answer[1]);
      }
      from_zero.arrived(one, costs.service);
      from_zygote.arrived(one, costs.service);
    }
  }
  if (any) close(trace.end);
}

} // namespace

std::vector<session> sessions_of(trace const& trace, costs const& costs, std::uint64_t seed)
{
  auto all = std::vector<session>();
  for (std::size_t i = 0; i < trace.models.size(); ++i)
    add_sessions(trace, i, costs, seed, all);
  std::stable_sort(all.begin(), all.end(), [](session const& a, session const& b) { return a.begin < b.begin; });
  return all;
}

price price_of(std::vector<session> const& sessions, costs const& costs, std::function<duration(duration)> const& keep)
{
  auto total = price();
  auto kept_until = std::vector<instant>(); // of each model
  auto zygote_until = instant::min();
  auto instances = 0.0; // seconds
  auto zygote = 0.0;
  for (auto const& one : sessions) {
    if (one.model >= kept_until.size()) kept_until.resize(one.model + 1, instant::min());
    auto begin = one.begin;
    auto extra = duration(0); // a cold start makes the session longer
    if (kept_until[one.model] >= one.begin) {
      begin = kept_until[one.model]; // what was kept is counted already
    } else {
      auto const warm = zygote_until > one.begin;
      total.waited += warm ? one.cold_from_zygote : one.cold_from_zero;
      extra = costs.start.to_answer[warm ? 1 : 0];
    }
    auto const end = one.end + std::min(extra, std::max(one.gap(), duration(0)));
    auto const gap = std::max(one.next - end, duration(0));
    auto const until = end + std::min(keep(gap), gap);
    instances += in_seconds(std::max(until - begin, duration(0)));
    zygote += in_seconds(std::max(until - std::max(one.begin, zygote_until), duration(0)));
    zygote_until = std::max(zygote_until, until);
    kept_until[one.model] = until;
  }
  total.mebibyte_seconds = instances * costs.mebibytes(rung::instance) + zygote * costs.mebibytes(rung::zygote);
  return total;
}

price price_of_delay(std::vector<session> const& sessions, costs const& costs, duration delay)
{
  return price_of(sessions, costs, [delay](duration gap) { return std::min(gap, delay); });
}

price price_of_bridging(std::vector<session> const& sessions, costs const& costs, duration longest)
{
  return price_of(sessions, costs, [longest](duration gap) { return gap <= longest ? gap : duration(0); });
}

price price_of_prewarming(std::vector<session> const& sessions, costs const& costs)
{
  auto total = price();
  auto const both = costs.mebibytes(rung::instance) + costs.mebibytes(rung::zygote);
  for (auto const& one : sessions)
    total.mebibyte_seconds += (in_seconds(one.end - one.begin) + in_seconds(costs.start.to_answer[0])) * both;
  return total;
}

duration longest_that(duration most, std::function<bool(duration)> const& fits)
{
  auto low = std::log(in_seconds(least_gap));
  auto high = std::log(std::max(in_seconds(most), 2.0));
  auto const delay = [](double logarithm) { return duration(std::llround(std::exp(logarithm) * 1e6)); };
  if (fits(delay(high))) return delay(high);
  while (high - low > 0.001) {
    auto const middle = (low + high) / 2;
    (fits(delay(middle)) ? low : high) = middle;
  }
  return delay(low);
}

} // namespace pilotlight::simulate
