#include "proxy/predict/season.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr double fast_gain = 0.13, middle_gain = 1.0 / 40, slow_gain = 1.0 / 1'440;
constexpr double memory = 0.9997;        ///< of the regression, per five minutes
constexpr double most = 0.5;             ///< a larger miss (logarithm) is an outlier
constexpr double doubt = 0.02;           ///< in the first weights
constexpr float fading = 1 - 1 / 600.0F; ///< of late errors: two days
constexpr std::int64_t minutes_wanted = 60;
constexpr double sparse = 1.5; ///< calls a minute below which a logarithm of one minute's count says little

regression<season::hints> fresh()
{
  return regression<season::hints>({0, 0.3F, 0.3F, 0.4F, 0, 0, 0, 0}, doubt);
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

season::season() : regressions_{fresh(), fresh(), fresh(), fresh(), fresh(), fresh(), fresh()} {}

std::size_t season::lateness::best() const
{
  return static_cast<std::size_t>(std::min_element(missed.begin(), missed.end()) - missed.begin());
}

season::pending& season::slot(std::size_t horizon, std::int64_t block)
{
  std::size_t first = 0;
  for (std::size_t i = 0; i < horizon; ++i)
    first += horizons[i] + 1;
  return pending_[first + static_cast<std::size_t>(block) % (horizons[horizon] + 1)];
}

/// The forecast by the weights of `horizon` for the moment `ahead` minutes after the running minute began.
season::pending season::make(std::size_t horizon, double ahead) const
{
  pending one;
  auto const now = static_cast<double>(minute_);
  auto const level = std::log(fast_ + history::floor);
  double move = 0, there = 0;
  double moves = 0;
  std::array<double, 8> day_move{}, day_there{};
  for (int day = 1; day <= 7; ++day) {
    auto const from = past_.around(now - day * 1'440.0);
    auto const to = past_.around(now + ahead - day * 1'440.0);
    day_move[day] = to - from;
    day_there[day] = to;
    if (std::isnan(to - from)) continue;
    move += day_move[day];
    there += to;
    moves += 1;
  }
  if (moves > 0) {
    move /= moves;
    there = there / moves - level;
  }
  one.said = {1,
              static_cast<float>(known_or(day_move[1], move)),
              static_cast<float>(known_or(day_move[7], move)),
              static_cast<float>(move),
              static_cast<float>(std::clamp(there, -2.0, 2.0)),
              static_cast<float>(std::clamp(known_or(day_there[7] - level, there), -2.0, 2.0)),
              static_cast<float>(std::clamp(known_or(day_there[1] - level, there), -2.0, 2.0)),
              static_cast<float>(level - std::log(middle_ + history::floor))};
  one.level = static_cast<float>(level);
  auto const shift = std::clamp(regressions_[horizon].of(one.said), -4.0, 4.0);
  one.rates = {static_cast<float>(std::exp(level + shift)), static_cast<float>(fast_),
               static_cast<float>(std::exp(level + std::clamp(move, -4.0, 4.0)))};
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
  if (minute_ < 0 || minute <= minute_) return;
  if (!watched_ || minute - minute_ > static_cast<std::int64_t>(history::slots) * 15) {
    // Nothing is known of the time between, or it is longer than all that is remembered.
    for (auto& one : pending_)
      one.valid = false;
    block_ = quarter_ = count_ = 0;
    block_minutes_ = quarter_minutes_ = 0;
    if (!watched_) past_.skip_to(history::slot_of(minute) - 1);
    minute_ = minute;
    watched_ = true;
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

void season::end_minute(double count)
{
  ++minutes_;
  auto const follow = [this](double& mean, double gain, double value) {
    mean += std::max(gain, 1.0 / static_cast<double>(minutes_)) * (value - mean);
  };
  if (minute_ % 5 == 2)
    for (std::size_t i = 0; i < horizons.size(); ++i) {
      auto const& due = slot(i, minute_ / 5);
      if (!due.valid) continue;
      for (std::size_t voice = 0; voice < voices; ++voice)
        late_[i].missed[voice] = late_[i].missed[voice] * fading +
                                 static_cast<float>(std::abs(static_cast<double>(due.rates[voice]) - count));
      late_[i].came = late_[i].came * fading + static_cast<float>(count);
    }
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

/// A quarter of an hour without a call where calls are few anyway: the same as fifteen minutes, at once.
void season::end_quiet_quarter()
{
  minutes_ += 15;
  minute_ += 15;
  fast_ *= std::pow(1 - fast_gain, 15);
  middle_ *= std::pow(1 - middle_gain, 15);
  slow_ *= std::pow(1 - slow_gain, 15);
  for (auto& one : pending_)
    one.valid = false;
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
  for (std::size_t i = 0; i < horizons.size(); ++i) {
    auto& due = slot(i, block);
    if (due.valid && block_minutes_ == 5)
      regressions_[i].learn(due.said, outcome - static_cast<double>(due.level), weight, memory, most);
    due.valid = false;
  }
  block_ = 0;
  block_minutes_ = 0;
  if (slow_ < sparse) return;
  for (std::size_t i = 0; i < horizons.size(); ++i)
    slot(i, block + 1 + static_cast<std::int64_t>(horizons[i])) = make(i, middle_of(i));
}

season::outlook season::expect(double ahead) const
{
  if (minutes_ < minutes_wanted) return {};
  auto const middle = std::clamp(ahead, 0.0, 1'440.0) + 0.5;
  std::size_t upper = 0;
  while (upper < horizons.size() && middle_of(upper) < middle)
    ++upper;
  auto const low = upper == 0 ? 0 : upper - 1;
  auto const high = std::min(upper, horizons.size() - 1);
  auto const share = low == high ? 0.0 : (middle - middle_of(low)) / (middle_of(high) - middle_of(low));
  auto const& nearer = late_[share < 0.5 ? low : high];
  outlook seen;
  auto const voice = nearer.came > 0 ? nearer.best() : 2;
  if (nearer.came > 0) seen.error = static_cast<double>(nearer.missed[voice]) / static_cast<double>(nearer.came);
  // Few calls: their mean is all that can be said; least absolute error would say "none", always.
  if (slow_ < sparse) {
    auto const& late = late_sparse_;
    return {middle_, late.came > 0 ? static_cast<double>(late.missed[0] / late.came) : -1};
  }
  auto const one = make(low, middle), two = make(high, middle);
  seen.per_minute = std::exp((1 - share) * std::log(static_cast<double>(one.rates[voice]) + 1e-9) +
                             share * std::log(static_cast<double>(two.rates[voice]) + 1e-9));
  return seen;
}

} // namespace pilotlight::predict
