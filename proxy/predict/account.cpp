#include "proxy/predict/account.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr double lowest_price = 20, price_step = 1.12;
constexpr float gaps_wanted = 60;      ///< before the hazard policy may decide
constexpr float timer_gaps_wanted = 3; ///< before the timer policy may: it was recognised by several already
/// A win must be this large, else the plain delay stays: measured balances are noisy.
constexpr double clear_gain = 0.97;

/// Of the waits allowed, kept back: what is lived is not quite what the sums said. The root is the scatter of a count.
double reserve(double waits)
{
  return 0.005 * waits + 0.3 * std::sqrt(waits);
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

bool within(aim what, balance const& plain, balance const& at, double spared = 0)
{
  auto const waits_kept = static_cast<double>(at.waits) <= static_cast<double>(plain.waits) - spared;
  auto const warmth_kept = at.warm <= plain.warm;
  return (waits_kept || what == aim::fewer_waits) && (warmth_kept || what == aim::less_memory);
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

choice choose_hazard(accounts const& all, aim what, double delay, double spared)
{
  if (all.gaps < gaps_wanted) return {};
  choice best;
  spared += reserve(all.plain.waits);
  // A hazard that is worth half a delay of warmth is where the plain delay's waits are usually reached: dearer prices
  // only buy more.
  auto const worth = delay / 2;
  auto best_cost = clear_gain * cost(what, worth, all.plain);
  for (std::size_t i = 0; i < prices; ++i) {
    auto const& at = all.hazard[i];
    if (!within(what, all.plain, at, spared)) continue;
    auto const here = cost(what, worth, at);
    if (here >= best_cost) continue;
    best_cost = here;
    best = {way::hazard, price_of(i), 0};
  }
  return best;
}

choice choose_timer(accounts const& all, aim what, double delay)
{
  if (all.timer_gaps < timer_gaps_wanted) return {};
  choice best;
  auto best_cost = clear_gain * cost(what, delay, all.timer_plain);
  for (std::size_t i = 0; i < window_widths.size(); ++i) {
    if (!within(what, all.timer_plain, all.timer[i])) continue;
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

void fleet::add(balance const& plain, std::array<balance, prices> const& hazard, balance const& lived)
{
  constexpr double remembered = 4 * remembered_gaps;
  constexpr auto kept = static_cast<float>(1 - 1 / remembered);
  sums_.fade(remembered);
  lived_.fade(kept);
  sums_.gaps += 1;
  sums_.plain += plain;
  lived_ += lived;
  for (std::size_t i = 0; i < prices; ++i)
    sums_.hazard[i] += hazard[i];
  ++since_;
}

bool fleet::known() const
{
  return sums_.gaps >= gaps_wanted;
}

double fleet::price(aim what, double delay)
{
  if (since_ >= 16) {
    since_ = 0;
    auto const bound = static_cast<double>(sums_.plain.waits);
    auto const exceeded =
        std::clamp(static_cast<double>(lived_.waits) - bound + reserve(bound), -0.1 * bound, 0.5 * bound);
    price_ = choose_hazard(sums_, what, delay, exceeded).price;
  }
  return price_;
}

} // namespace pilotlight::predict
