// Every idle gap is first judged by what each way of resting would have done with it, and only then learned from.
#include "proxy/predict/learned.hpp"

namespace pilotlight::predict {

namespace {

balance balance_of(bool waited, double warm)
{
  return {waited ? 1.0F : 0.0F, static_cast<float>(warm)};
}

} // namespace

/// A gap is over: what would each way of resting have made of it?
void predictor::learned::settle(double gap)
{
  gaps.rested(gap);
  balances.fade();
  balances.gaps += 1;
  auto const last = recent.last_call();
  auto const plain = balance_of(gap > delay(), charged(last, last + std::min(gap, delay())));
  balances.plain += plain;
  settle_timer(gap);
  auto const hazard = settle_hazard(gap);
  for (std::size_t i = 0; i < prices; ++i)
    balances.hazard[i] += hazard[i];
  auto const ventured = chosen.by == way::hazard && advised_at >= 0; // else it was the plain delay
  auto const lived = ventured ? settle_lived(gap) : plain;
  balances.lived += lived;
  if (ventured) balances.ventured += plain.waits;
  if (together && chosen.by != way::timer) {
    auto const weigh = [this](balance one) {
      one.warm *= static_cast<float>(scale);
      return one;
    };
    auto weighed = hazard;
    for (auto& one : weighed)
      one = weigh(one);
    together->add(weigh(plain), weighed, weigh(lived), ventured);
  }
  choose_again();
}

double predictor::learned::charged(double from, double to) const
{
  return (to - from) * (1 - shared) + together.alone(from, to) * shared;
}

/// What the hazard policy would have made of the gap at every price; then learns from it.
std::array<balance, prices> predictor::learned::settle_hazard(double gap)
{
  if (!chances) chances = std::make_unique<hazard>();
  auto const last_call = recent.last_call();
  std::array<balance, prices> all;
  all.fill(balance_of(gap > shortest(), charged(last_call, last_call + std::min(gap, shortest()))));
  std::array<bool, prices> warm;
  warm.fill(true);
  // All is judged before any is learned: the advice was given by what was known when the gap began.
  std::array<hazard::opinion, idle_steps> seen;
  auto const last = std::min(idle_time.step_of(gap), idle_steps - 1);
  for (std::size_t step = 1; step <= last; ++step) {
    seen[step] = chances->of(step, recent);
    auto const begin = std::max(idle_time.begin(step), shortest());
    auto const end = std::min({idle_time.end(step), gap, longest()});
    if (begin >= end) continue;
    auto const cost = charged(last_call + begin, last_call + end);
    auto const from = first_worth(seen[step].rate / scale);
    auto const still_from = first_worth(seen[step].rate / (scale * cost / (end - begin)));
    auto const called = gap < idle_time.end(step) && gap < longest();
    for (std::size_t i = 0; i < prices; ++i) {
      warm[i] = i >= from || (warm[i] && i >= still_from);
      if (!warm[i]) continue;
      all[i].warm += static_cast<float>(cost);
      if (called) all[i].waits = 0;
    }
  }
  for (std::size_t step = 1; step <= last; ++step) {
    auto const end = idle_time.end(step);
    chances->learn(step, std::min(end, gap) - idle_time.begin(step), gap < end, seen[step]);
  }
  return all;
}

/// What was done, by the advice given.
balance predictor::learned::settle_lived(double gap)
{
  note(advised, recent.last_call() + gap);
  return balance_of(advised.at < warm_enough, warm_so_far);
}

/// From `now` on this advice holds.
void predictor::learned::note(warmth const& advice, double now)
{
  // Until it is asked the first time, what answered the call is there.
  auto const since = advised_at < 0 ? recent.last_call() : advised_at;
  if ((advised_at < 0 || advised.at >= warm_enough) && now > since) warm_so_far += charged(since, now);
  advised = advice;
  advised_at = now;
}

void predictor::learned::settle_timer(double gap)
{
  auto const last = recent.last_call();
  auto const when = last + gap;
  if (clock.recognised()) {
    balances.timer_gaps += 1;
    balances.timer_plain.add(gap > delay(), std::min(gap, delay()));
    for (std::size_t width = 0; width < window_widths.size(); ++width) {
      double warm = std::min(gap, shortest());
      auto now = last + shortest();
      bool found = gap <= shortest();
      while (now < when) {
        auto const open = clock.next(now, width, delay());
        if (open.begin >= when) break;
        warm += std::max(0.0, std::min(open.end, when) - std::max(open.begin, now));
        if (open.begin < open.end && open.end >= when) found = true;
        now = std::max(open.end, now + 1);
      }
      balances.timer[width].add(!found, warm);
    }
  }
  clock.called(when);
  if (!clock.recognised()) balances.forget_timer();
}

} // namespace pilotlight::predict
