#include "proxy/predict/account.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pilotlight::predict {

namespace {

constexpr double lowest_price = 20, price_step = 1.12;
constexpr float gaps_wanted = 60;      ///< before the hazard policy may decide
constexpr float timer_gaps_wanted = 3; ///< before the timer policy may: it was recognised by several already
/// A win must be this large, else the plain delay stays: measured balances are noisy.
constexpr double clear_gain = 0.97;
/// What was exceeded is made good within a fourth of the gaps remembered.
constexpr double made_good = 4;

/// Of the waits allowed, kept back where something was ventured: who comes close behind a first request may wait as
/// well, which no account sees. The root is the scatter of a count.
double reserve(double waits)
{
  return 0.2 * std::sqrt(waits);
}

/// What is minimised, given that the bound is kept. `worth`: seconds of warmth for a wait less.
double cost(aim what, double worth, balance const& of)
{
  auto const waits = static_cast<double>(of.waits), warm = static_cast<double>(of.warm);
  switch (what) {
  case aim::balanced: return warm + worth * waits;
  case aim::fewer_waits: return waits * 1e6 + warm * 1e-3;
  case aim::less_memory: return warm + worth / 10 * waits;
  }
  return warm;
}

/// What may not be exceeded.
struct limits
{
  double waits = 0, warm = 0;
  bool hold(balance const& at) const
  {
    return static_cast<double>(at.waits) <= waits && static_cast<double>(at.warm) <= warm;
  }
};

/// By the plain delay's balance, and by how far the warmth that was lived is above or below it.
limits limits_of(aim what, balance const& plain, balance const& lived)
{
  constexpr auto none = std::numeric_limits<double>::infinity();
  auto const warm = static_cast<double>(plain.warm);
  auto const owed = std::clamp(made_good * (static_cast<double>(lived.warm) - warm), -0.1 * warm, 0.5 * warm);
  return {what == aim::fewer_waits ? none : static_cast<double>(plain.waits),
          what == aim::less_memory ? none : warm - owed};
}

balance between(balance const& low, balance const& high, double share)
{
  auto const part = static_cast<float>(share);
  return {low.waits + part * (high.waits - low.waits), low.warm + part * (high.warm - low.warm)};
}

/// Where on the way from `low` to `high` `bound` is met; outside 0 to 1: nowhere.
double crossing(double low, double high, double bound)
{
  return high != low ? (bound - low) / (high - low) : -1;
}

} // namespace

double price_of(std::size_t index)
{
  static auto const ladder = [] {
    std::array<double, prices> all{};
    for (std::size_t i = 0; i < prices; ++i)
      all[i] = lowest_price * std::pow(price_step, static_cast<double>(i));
    return all;
  }();
  return ladder[index];
}

std::size_t first_worth(double calls_per_second)
{
  if (!(calls_per_second > 0)) return prices;
  static double const per_step = 1 / std::log(price_step);
  auto const rung = std::floor(-std::log(calls_per_second * lowest_price) * per_step) + 1;
  return static_cast<std::size_t>(std::clamp(rung, 0.0, static_cast<double>(prices)));
}

void accounts::fade(double remembered)
{
  auto const kept = static_cast<float>(1 - 1 / remembered);
  plain.fade(kept);
  lived.fade(kept);
  ventured *= kept;
  for (auto& one : hazard)
    one.fade(kept);
  timer_plain.fade(kept);
  for (auto& one : timer)
    one.fade(kept);
  gaps *= kept;
  timer_gaps *= kept;
}

void accounts::forget_timer()
{
  timer_plain = {};
  timer = {};
  timer_gaps = 0;
}

bool enough_gaps(accounts const& all)
{
  return all.gaps >= gaps_wanted;
}

choice choose_hazard(accounts const& all, aim what, double delay)
{
  if (!enough_gaps(all)) return {};
  choice best;
  auto const bounds = limits_of(what, all.plain, all.lived);
  // A hazard that is worth half a delay of warmth is where the plain delay's waits are usually reached: dearer prices
  // only buy more.
  auto const worth = delay / 2;
  auto best_cost = clear_gain * cost(what, worth, all.plain);
  auto const consider = [&](balance const& at, double price) {
    auto const here = cost(what, worth, at);
    if (here >= best_cost) return;
    best_cost = here;
    best = {way::hazard, price, 0};
  };
  for (std::size_t i = 0; i < prices; ++i) {
    auto const& at = all.hazard[i];
    if (bounds.hold(at)) consider(at, price_of(i));
    if (i + 1 == prices) break;
    // Between two prices a bound may be met exactly: the next whole step would buy more than was asked for.
    auto const& next = all.hazard[i + 1];
    for (auto const share : {crossing(at.waits, next.waits, bounds.waits), crossing(at.warm, next.warm, bounds.warm)}) {
      if (share <= 0 || share >= 1) continue;
      auto const there = between(at, next, share);
      auto const slack = limits{bounds.waits * (1 + 1e-6), bounds.warm * (1 + 1e-6)}; // of rounding
      if (slack.hold(there)) consider(there, price_of(i) * std::pow(price_step, share));
    }
  }
  return best;
}

bool owes_waits(accounts const& all, aim what)
{
  auto const most = static_cast<double>(all.plain.waits) - reserve(static_cast<double>(all.ventured));
  return what != aim::fewer_waits && static_cast<double>(all.lived.waits) > most && all.lived.warm <= all.plain.warm;
}

choice choose_timer(accounts const& all, aim what, double delay)
{
  if (all.timer_gaps < timer_gaps_wanted) return {};
  choice best;
  auto const bounds = limits_of(what, all.timer_plain, all.timer_plain);
  auto best_cost = clear_gain * cost(what, delay, all.timer_plain);
  for (std::size_t i = 0; i < window_widths.size(); ++i) {
    if (!bounds.hold(all.timer[i])) continue;
    auto const here = cost(what, delay, all.timer[i]);
    if (here >= best_cost) continue;
    best_cost = here;
    best = {way::timer, 0, i};
  }
  return best;
}

bool timer_wins(accounts const& all, choice const& clock, choice const& other, aim what, double delay)
{
  auto at = all.plain;
  if (other.by == way::hazard) {
    std::size_t rung = 0;
    while (rung + 1 < prices && price_of(rung + 1) <= other.price)
      ++rung;
    at = all.hazard[rung];
  }
  return cost(what, delay, all.timer[clock.width]) / all.timer_gaps < cost(what, delay, at) / all.gaps;
}

} // namespace pilotlight::predict
