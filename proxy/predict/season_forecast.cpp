// What season says: which days were like today, and what the regressions make of them.
#include "proxy/predict/season.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr int quarters_compared = 16; ///< of an hour: four hours tell which day was like today
constexpr std::int64_t minutes_wanted = 60;

double known_or(double value, double otherwise)
{
  return std::isnan(value) ? otherwise : value;
}

} // namespace

season::scene season::look() const
{
  scene seen;
  auto const now = static_cast<double>(minute_);
  seen.level = std::log(fast_ + history::floor);
  auto const slot = history::slot_of(minute_) - 1;
  double sum = 0, rise_30 = 0, rise_90 = 0;
  for (int day = 1; day <= days; ++day) {
    auto const back = now - day * 1'440.0;
    auto const then = past_.around(back);
    seen.then[day - 1] = then;
    if (std::isnan(then)) continue;
    // How far apart the two days' last hours were, each seen from its own level.
    double apart = 0, compared = 0;
    for (int quarter = 0; quarter < quarters_compared; ++quarter) {
      auto const here = past_.of(slot - quarter) - seen.level;
      auto const there = past_.of(slot - quarter - 96 * day) - then;
      if (std::isnan(here - there)) continue;
      apart += (here - there) * (here - there);
      compared += 1;
    }
    if (!(compared > 0)) continue;
    auto const weight = std::pow(apart / compared + 0.003, -2);
    seen.likeness[day - 1] = weight;
    sum += weight;
    rise_30 += weight * known_or(then - past_.around(back - 30), 0);
    rise_90 += weight * known_or(then - past_.around(back - 90), 0);
  }
  if (!(sum > 0)) return seen;
  for (auto& weight : seen.likeness)
    weight /= sum;
  seen.surprise_30 = std::clamp(known_or(seen.level - past_.around(now - 30) - rise_30 / sum, 0), -1.0, 1.0);
  seen.surprise_90 = std::clamp(known_or(seen.level - past_.around(now - 90) - rise_90 / sum, 0), -1.0, 1.0);
  return seen;
}

/// The forecast by the weights of `horizon` for the moment `ahead` minutes after the running minute began.
season::pending season::make(std::size_t horizon, double ahead, scene const& seen) const
{
  auto const level = seen.level;
  // The move from then to the forecast's hour, and the level there against today's; each on several days.
  std::array<double, days> move{}, there{};
  double mean_move = 0, mean_there = 0, known = 0, alike_move = 0, alike_there = 0, alike = 0;
  for (std::size_t day = 0; day < days; ++day) {
    there[day] = past_.around(static_cast<double>(minute_) + ahead - static_cast<double>(day + 1) * 1'440) - level;
    move[day] = there[day] + level - seen.then[day];
    if (std::isnan(move[day])) continue;
    known += 1;
    mean_move += move[day];
    mean_there += there[day];
    alike += seen.likeness[day];
    alike_move += seen.likeness[day] * move[day];
    alike_there += seen.likeness[day] * there[day];
  }
  if (known > 0) mean_move /= known, mean_there /= known;
  if (alike > 0) alike_move /= alike, alike_there /= alike;
  auto const bounded = [](double value) { return static_cast<float>(std::clamp(value, -2.0, 2.0)); };
  pending one;
  one.said = {1,
              bounded(known_or(move[0], mean_move)),
              bounded(known_or(move[6], mean_move)),
              bounded(mean_move),
              bounded(alike_move),
              bounded(mean_there),
              bounded(known_or(there[6], mean_there)),
              bounded(known_or(there[0], mean_there)),
              bounded(alike_there),
              bounded(level - std::log(middle_ + history::floor)),
              bounded(std::log(last_ + history::floor) - level),
              bounded(seen.surprise_30),
              bounded(seen.surprise_90)};
  one.level = static_cast<float>(level);
  auto const shift = std::clamp(study_->regressions[horizon].of(one.said), -4.0, 4.0);
  one.rates = {static_cast<float>(std::exp(level + shift)), static_cast<float>(fast_),
               static_cast<float>(std::exp(level + (shift + std::clamp(alike_move, -4.0, 4.0)) / 2))};
  one.valid = true;
  return one;
}

season::outlook season::expect(double ahead) const
{
  if (minutes_ < minutes_wanted) return {};
  // Few calls: their mean is all that can be said; least absolute error would say "none", always.
  if (slow_ < sparse || !study_) {
    auto const& late = late_sparse_;
    return {middle_, late.came > 0 ? static_cast<double>(late.missed[0] / late.came) : -1};
  }
  auto const middle = std::clamp(ahead, 0.0, 1'440.0) + 0.5;
  std::size_t upper = 0;
  while (upper < horizons.size() && middle_of(upper) < middle)
    ++upper;
  auto const low = upper == 0 ? 0 : upper - 1;
  auto const high = std::min(upper, horizons.size() - 1);
  auto const share = low == high ? 0.0 : (middle - middle_of(low)) / (middle_of(high) - middle_of(low));
  auto const& nearer = study_->late[share < 0.5 ? low : high];
  auto const voice = nearer.came > 0 ? nearer.best() : 2;
  auto const now = look();
  auto const one = make(low, middle, now), two = make(high, middle, now);
  outlook seen;
  seen.per_minute = std::exp((1 - share) * std::log(static_cast<double>(one.rates[voice]) + 1e-9) +
                             share * std::log(static_cast<double>(two.rates[voice]) + 1e-9));
  if (nearer.came > 0) seen.error = static_cast<double>(nearer.missed[voice]) / static_cast<double>(nearer.came);
  return seen;
}

} // namespace pilotlight::predict
