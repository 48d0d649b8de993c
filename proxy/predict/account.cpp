#include "proxy/predict/account.hpp"

#include <cmath>
#include <limits>

namespace pilotlight::predict {

namespace {

constexpr double lowest_price = 20, price_step = 1.42;
constexpr float gaps_wanted = 60;      ///< before the hazard policy may decide
constexpr float timer_gaps_wanted = 3; ///< before the timer policy may: it was recognised by several already
/// A win must be this large, else the plain delay stays: measured balances are noisy.
constexpr double clear_gain = 0.97;

/// Between two rungs of the ladder, geometrically.
struct point
{
  double price, waits, warm;
};
point between(accounts const& all, std::size_t index, double share)
{
  auto const mix = [share](double low, double high) { return low + (high - low) * share; };
  auto const& low = all.hazard[index];
  auto const& high = all.hazard[index + (share > 0 ? 1 : 0)];
  return {price_of(index) * std::pow(price_step, share), mix(low.waits, high.waits), mix(low.warm, high.warm)};
}

/// What is minimised, given that the bound is kept.
double cost(aim what, double delay, double waits, double warm)
{
  switch (what) {
  case aim::balanced: return warm + delay / 2 * waits;
  case aim::fewer_waits: return waits * 1e6 + warm * 1e-3;
  case aim::less_memory: return warm + delay / 20 * waits;
  }
  return warm;
}

bool within(aim what, balance const& plain, double waits, double warm)
{
  return what == aim::fewer_waits ? warm <= static_cast<double>(plain.warm) : waits <= static_cast<double>(plain.waits);
}

} // namespace

double price_of(std::size_t index)
{
  return lowest_price * std::pow(price_step, static_cast<double>(index));
}

void accounts::fade()
{
  plain.fade();
  for (auto& one : hazard)
    one.fade();
  timer_plain.fade();
  for (auto& one : timer)
    one.fade();
  constexpr auto kept = static_cast<float>(1 - 1 / remembered_gaps);
  gaps *= kept;
  timer_gaps *= kept;
}

void accounts::forget_timer()
{
  timer_plain = {};
  timer = {};
  timer_gaps = 0;
}

choice choose(accounts const& all, aim what, double delay)
{
  choice best;
  // Per gap, so that accounts of different length compare.
  auto best_cost = std::numeric_limits<double>::infinity();
  if (all.gaps >= gaps_wanted) {
    best_cost = clear_gain * cost(what, delay, all.plain.waits, all.plain.warm) / all.gaps;
    for (std::size_t i = 0; i < prices; ++i)
      for (double share = 0; share < 1; share += 0.25) {
        if (i + 1 == prices && share > 0) break;
        auto const at = between(all, i, share);
        if (!within(what, all.plain, at.waits, at.warm)) continue;
        auto const here = cost(what, delay, at.waits, at.warm) / all.gaps;
        if (here < best_cost) {
          best_cost = here;
          best = {way::hazard, at.price, 0};
        }
      }
  }
  if (all.timer_gaps >= timer_gaps_wanted)
    for (std::size_t i = 0; i < window_widths.size(); ++i) {
      auto const& one = all.timer[i];
      if (!within(what, all.timer_plain, one.waits, one.warm)) continue;
      auto const here = cost(what, delay, one.waits, one.warm) / all.timer_gaps;
      auto const plain = cost(what, delay, all.timer_plain.waits, all.timer_plain.warm) / all.timer_gaps;
      if (here < best_cost && here < clear_gain * plain) {
        best_cost = here;
        best = {way::timer, 0, i};
      }
    }
  return best;
}

} // namespace pilotlight::predict
