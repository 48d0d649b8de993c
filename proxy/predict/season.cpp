#include "proxy/predict/season.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr double last_gain = 0.6, fast_gain = 0.3, middle_gain = 1.0 / 40, slow_gain = 1.0 / 1'440;
constexpr int quarters_compared = 16;    ///< of an hour: four hours tell which day was like today
constexpr double memory = 0.9997;        ///< of the regression, per five minutes
constexpr double most = 0.5;             ///< a larger miss (logarithm) is an outlier
constexpr double doubt = 0.02;           ///< in the first weights
constexpr float fading = 1 - 1 / 600.0F; ///< of late errors: two days
constexpr std::int64_t minutes_wanted = 60;
constexpr double sparse = 1.5; ///< calls a minute below which a logarithm of one minute's count says little

regression<season::hints> fresh()
{
  return regression<season::hints>({0, 0.2F, 0.2F, 0.2F, 0.4F}, doubt);
}

double known_or(double value, double otherwise)
{
  return std::isnan(value) ? otherwise : value;
}

/// Where in block `horizon` its middle lies, minutes after the forecast at the end of a block.
double middle_of(std::size_t horizon)
{
  return 5 * static_cast<double>(season::horizons[horizon]) + 2.5;
}

} // namespace

season::study::study() : regressions{fresh(), fresh(), fresh(), fresh(), fresh(), fresh(), fresh()} {}

std::size_t season::lateness::best() const
{
  return static_cast<std::size_t>(std::min_element(missed.begin(), missed.end()) - missed.begin());
}

season::pending& season::study::slot(std::size_t horizon, std::int64_t block)
{
  std::size_t first = 0;
  for (std::size_t i = 0; i < horizon; ++i)
    first += horizons[i] + 1;
  return due[first + static_cast<std::size_t>(block) % (horizons[horizon] + 1)];
}

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

void season::arrived(std::int64_t minute, double count)
{
  if (minute_ < 0) minute_ = minute;
  roll(minute);
  count_ += count;
}

void season::roll(std::int64_t minute)
{
  if (minute_ < 0) return;
  if (!watched_) return resume(minute);
  // Longer silent than all that is remembered: nothing is left of it.
  if (minute - minute_ > static_cast<std::int64_t>(history::slots) * 15) {
    *this = {};
    minute_ = minute;
    return;
  }
  while (minute_ < minute) {
    if (minute_ % 15 == 0 && minute - minute_ >= 15 && slow_ < sparse && count_ <= 0) {
      end_quiet_quarter();
      continue;
    }
    end_minute(count_);
    count_ = 0;
  }
}

/// Nobody watched until `minute`: the level is taken from the same hour of the days before.
void season::resume(std::int64_t minute)
{
  watched_ = true;
  forget_forecasts();
  block_ = quarter_ = count_ = 0;
  block_minutes_ = quarter_minutes_ = 0;
  if (minute < minute_) past_ = {}; // the clock was set back while nobody watched
  past_.skip_to(history::slot_of(minute) - 1);
  minute_ = minute;
  double there = 0, known = 0;
  for (int day = 1; day <= days; ++day) {
    auto const then = past_.around(static_cast<double>(minute - day * 1'440));
    if (std::isnan(then)) continue;
    there += then;
    known += 1;
  }
  if (known > 0) last_ = fast_ = middle_ = std::exp(there / known);
}

void season::end_minute(double count)
{
  ++minutes_;
  auto const follow = [this](double& mean, double gain, double value) {
    mean += std::max(gain, 1.0 / static_cast<double>(minutes_)) * (value - mean);
  };
  if (study_ && minute_ % 5 == 2)
    for (std::size_t i = 0; i < horizons.size(); ++i) {
      auto const& due = study_->slot(i, minute_ / 5);
      if (!due.valid) continue;
      for (std::size_t voice = 0; voice < voices; ++voice)
        study_->late[i].missed[voice] = study_->late[i].missed[voice] * fading +
                                        static_cast<float>(std::abs(static_cast<double>(due.rates[voice]) - count));
      study_->late[i].came = study_->late[i].came * fading + static_cast<float>(count);
    }
  follow(last_, last_gain, count);
  follow(fast_, fast_gain, count);
  follow(middle_, middle_gain, count);
  follow(slow_, slow_gain, count);
  block_ += count;
  quarter_ += count;
  ++block_minutes_;
  ++quarter_minutes_;
  ++minute_;
  if (minute_ % 15 == 0) {
    past_.ended(history::slot_of(minute_ - 1), quarter_ / quarter_minutes_);
    note_sparse(quarter_);
    quarter_ = 0;
    quarter_minutes_ = 0;
  }
  if (minute_ % 5 == 0) end_block();
}

void season::forget_forecasts()
{
  if (!study_) return;
  for (auto& one : study_->due)
    one.valid = false;
}

/// A quarter of an hour without a call where calls are few anyway: the same as fifteen minutes, at once.
void season::end_quiet_quarter()
{
  minutes_ += 15;
  minute_ += 15;
  last_ = 0;
  static double const fast_left = std::pow(1 - fast_gain, 15), middle_left = std::pow(1 - middle_gain, 15),
                      slow_left = std::pow(1 - slow_gain, 15);
  fast_ *= fast_left;
  middle_ *= middle_left;
  slow_ *= slow_left;
  forget_forecasts();
  past_.ended(history::slot_of(minute_ - 1), 0);
  note_sparse(0);
}

void season::note_sparse(double came)
{
  auto& late = late_sparse_;
  late.missed[0] = late.missed[0] * fading + static_cast<float>(std::abs(came - static_cast<double>(sparse_said_)));
  late.came = late.came * fading + static_cast<float>(came);
  sparse_said_ = static_cast<float>(middle_ * 15);
}

void season::end_block()
{
  auto const block = minute_ / 5 - 1; // the one that ended
  auto const mean = block_ / block_minutes_;
  auto const outcome = std::log(mean + history::floor);
  // The fewer calls, the more of an outcome is chance.
  auto const weight = block_ / (block_ + 10) * std::clamp(mean / (slow_ + history::floor), 0.1, 1.0);
  for (std::size_t i = 0; study_ && i < horizons.size(); ++i) {
    auto& due = study_->slot(i, block);
    if (due.valid && block_minutes_ == 5)
      study_->regressions[i].learn(due.said, outcome - static_cast<double>(due.level), weight, memory, most);
    due.valid = false;
  }
  block_ = 0;
  block_minutes_ = 0;
  if (slow_ < sparse) return;
  if (!study_) study_ = std::make_unique<study>();
  auto const seen = look();
  for (std::size_t i = 0; i < horizons.size(); ++i)
    study_->slot(i, block + 1 + static_cast<std::int64_t>(horizons[i])) = make(i, middle_of(i), seen);
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
