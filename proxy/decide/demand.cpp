#include "proxy/decide/demand.hpp"

#include "proxy/decide/figures.hpp"
#include "proxy/decide/staffing.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::decide {

namespace {

constexpr double surprise = 1e-6;  ///< chance of a queue below which it is a load step and no luck
constexpr double tight_from = 0.9; ///< of what instances carry: no slack
constexpr int beyond_share = 6;    ///< beyond queue_length_max for a sixth of the panic window (1 s): no passing burst
constexpr double worth_a_step_back = 4; ///< starts that a queue must last to bring back at once what went a moment ago

double seconds(duration what)
{
  return std::chrono::duration<double>(what).count();
}

/// Seconds that one request occupies an instance, its share of a batch; 0: not known.
double service_of(model_facts const& facts)
{
  return seconds(facts.service);
}

/// Requests inside one instance that are still in order. Not configured: so many that the last of them is answered
/// within half of response_time_max.
double target_of(model_facts const& facts, model_policy const& policy)
{
  if (policy.target_concurrency > 0) return policy.target_concurrency;
  double const service = service_of(facts);
  if (service <= 0) return 0;
  return std::max(2.0 * policy.parallel, seconds(policy.thresholds.response_time_max) / (2 * service));
}

int at_least(double count)
{
  return static_cast<int>(std::ceil(std::clamp(count, 0.0, 1e6) - 1e-9));
}

/// Requests per second and second by which the load is going up, as far as that is more than noise; 0 where it is not.
/// A falling load that has passed (or nears) its trough counts as rising: each window's slope is that of its middle,
/// two of them tell today's.
double rise_of(load_window const& arrivals, duration stable, instant now)
{
  auto const half = arrivals.line(now, stable / 2);
  auto const whole = arrivals.line(now, stable);
  auto const twice = arrivals.line(now, stable * 2);
  return std::max({0.0, half.rise - half.rise_error, whole.rise - whole.rise_error,
                   2 * (half.rise - half.rise_error) - whole.rise, 2 * (whole.rise - whole.rise_error) - twice.rise});
}

void raise(demand& found, int count, signal by)
{
  if (count <= found.up) return;
  found.up = count;
  found.by = by;
}

} // namespace

void load_history::observe(model_facts const& facts, instant now)
{
  if (any && now <= seen) return;
  instant const from = any ? seen : now - std::chrono::seconds(1);
  double const time = seconds(now - from);
  arrivals.add(from, now, static_cast<double>(facts.arrived));
  concurrency.add(from, now, facts.concurrency * time);
  cores.add(from, now, facts.cores * time);
  seen = now;
  any = true;
}

double lower_utilisation(double upper, thresholds const& limits)
{
  return upper * std::min(0.95, 2 * limits.cpu_scale_down / limits.cpu_scale_up);
}

demand wanted(load_history const& history, model_facts const& facts, model_policy const& policy, instant now,
              bool doubt)
{
  demand found;
  // What went a moment ago comes back for an instance that is really short, not for one that is fuller than aimed at.
  double const utilisation = doubt ? (1 + policy.target_utilisation) / 2 : policy.target_utilisation;
  double const lower = lower_utilisation(policy.target_utilisation, policy.thresholds);
  double const service = service_of(facts);
  int const there = facts.ready + facts.starting;

  auto const line = history.arrivals.line(now, policy.stable_window);
  double const recent = history.arrivals.mean(now, policy.panic_window);
  double const known = std::max(0.1, history.arrivals.covered(now, policy.panic_window));
  if (service > 0) {
    // A young window is noise yet: its lower bound counts. Later the mean does, and a rise that is more than noise.
    bool const young = history.arrivals.covered(now, policy.stable_window) < seconds(policy.stable_window) / 2;
    double const mean = young ? line.mean - 2 * line.mean_error : line.mean;
    double const trending = doubt ? mean : std::max(mean, line.end - line.end_error);
    double const scatter = line.mean_error * std::sqrt(seconds(policy.stable_window) / known);
    double const burst = recent - 3 * std::max(scatter, std::sqrt(std::max(recent, 1 / known) / known));
    raise(found, staffed(trending * service, utilisation), signal::arrivals);
    raise(found, staffed(burst * service, utilisation), signal::burst);
    found.load = std::max(trending, burst) * service;
    double const high = std::min(line.end + 2 * line.end_error, std::max(line.mean, line.end) + 3 * line.mean_error);
    found.down = staffed(high * service, lower);
    found.panic = staffed(burst * service, utilisation);
    if (found.down < there) { // would what stays be too little again within the stabilisation window?
      double const rise = rise_of(history.arrivals, policy.stable_window, now);
      double const ahead = std::max(line.mean, line.end) + 3 * rise * seconds(policy.stabilisation);
      found.rising = rise > 0 && ahead * service > tight_from * carried(std::max(1, found.down), utilisation);
    }
  } else if (line.mean > 0 || facts.waiting + facts.in_flight > 0) {
    found.up = found.down = found.panic = 1; // nobody knows yet how long one takes
    found.by = signal::arrivals;
  }

  if (double const target = target_of(facts, policy); target > 0) {
    double const inside = history.concurrency.mean(now, policy.stable_window);
    double const lately = history.concurrency.mean(now, policy.panic_window);
    raise(found, at_least(inside / (target * utilisation)), signal::concurrency);
    found.down = std::max(found.down, at_least(inside / (target * lower)));
    found.panic = std::max(found.panic, at_least(lately / (target * utilisation)));
  }

  if (double const threads = facts.threads > 0 ? facts.threads : policy.threads; facts.ready > 0 && threads > 0) {
    double const busy = history.cores.mean(now, policy.stable_window) / threads;
    double const upper = policy.thresholds.cpu_scale_up / 100;
    raise(found, staffed(busy, upper), signal::cpu);
    found.down = std::max(found.down, staffed(busy, lower_utilisation(upper, policy.thresholds)));
  }

  bool const slow = facts.p95 > policy.thresholds.response_time_max;
  if (slow && facts.ready > 0 && facts.service < policy.thresholds.response_time_max && facts.waiting > 0) {
    raise(found, there + 1, signal::latency); // not where the model itself is the slow one: more of it do not help
    found.down = std::max(found.down, there);
  }

  if (facts.forecast_rate > 0 && service > 0 && there > 0) {
    int const ahead = staffed(facts.forecast_rate * service, utilisation);
    raise(found, ahead, signal::forecast);
    found.down = std::max(found.down, ahead);
  }
  if (facts.waiting + facts.in_flight > 0) found.up = std::max(found.up, 1);
  return found;
}

int surge(load_history const& history, usual_queue& queue, model_facts const& facts, model_policy const& policy,
          instant now, bool doubt)
{
  double const service = service_of(facts);
  double const ready = facts.ready;
  double const waiting = facts.waiting;
  auto const beyond = queue.beyond(now, waiting > policy.thresholds.queue_length_max * ready);
  if (facts.ready == 0 || facts.waiting == 0 || service <= 0) return 0;
  if (int const added = queue.added_at(now); added > 0) return facts.ready + added;
  double const busy = history.arrivals.mean(now, policy.stable_window) * service / ready;
  double const bound = (doubt ? 2 : 1) * queue.bound(busy, surprise);
  queue.seen(now, facts.waiting, waiting > bound, policy.panic_window);

  auto const start = facts.costs.to_answer[static_cast<std::size_t>(rung::model_zygote)];
  double const wait = waiting * service / ready;
  bool const usual = waiting <= bound && beyond < policy.panic_window / beyond_share;
  if (usual || wait <= (doubt ? worth_a_step_back : 1) * seconds(start) || queue.being_answered(now, facts.waiting))
    return 0;
  double const goal = std::max(seconds(policy.thresholds.response_time_max) / 2, 4 * seconds(start));
  int const more =
      std::max({1, at_least(waiting * service / goal), at_least(queue.growth(now, facts.waiting) * service)});
  queue.answered(now, facts.waiting, start, duration(static_cast<std::int64_t>(wait * 1e6)), more);
  return facts.ready + more;
}

std::string clause(demand const& found, load_history const& history, model_facts const& facts,
                   model_policy const& policy, instant now)
{
  double const service = service_of(facts);
  switch (found.by) {
  case signal::arrivals:
    return figure(history.arrivals.mean(now, policy.stable_window)) + " requests/s over " +
           in_seconds(policy.stable_window) + " x " + in_milliseconds(facts.service) + " keep " + figure(found.load) +
           " instances busy, at most " + figure(100 * policy.target_utilisation) + " % of a lone one";
  case signal::burst:
    return figure(history.arrivals.mean(now, policy.panic_window)) + " requests/s over " +
           in_seconds(policy.panic_window) + " x " + in_milliseconds(facts.service) + " keep " + figure(found.load) +
           " instances busy";
  case signal::concurrency:
    return figure(history.concurrency.mean(now, policy.stable_window)) + " requests inside over " +
           in_seconds(policy.stable_window) + ", target " + figure(target_of(facts, policy)) + " per instance";
  case signal::cpu:
    return figure(history.cores.mean(now, policy.stable_window)) + " cores in use over " +
           in_seconds(policy.stable_window) + ", cpu_scale_up " + figure(policy.thresholds.cpu_scale_up) + " %";
  case signal::latency:
    return "p95 is " + in_milliseconds(facts.p95) + ", response_time_max " +
           in_milliseconds(policy.thresholds.response_time_max);
  case signal::queue:
    return that_wait(facts.waiting) + ", the oldest for " + in_milliseconds(facts.oldest_wait) + ", with " +
           std::to_string(facts.ready) + " ready";
  case signal::forecast:
    return figure(facts.forecast_rate) + " requests/s are expected x " + in_milliseconds(facts.service) + " keep " +
           figure(facts.forecast_rate * service) + " instances busy";
  case signal::none: break;
  }
  return "nothing inside";
}

} // namespace pilotlight::decide
