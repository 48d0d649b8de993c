#include "proxy/predict/season.hpp"

#include <algorithm>
#include <cmath>

namespace pilotlight::predict {

namespace {

constexpr double last_gain = 0.6, fast_gain = 0.3, middle_gain = 1.0 / 40, slow_gain = 1.0 / 1'440;
constexpr double most = 0.25;            ///< a larger miss (logarithm) counts as one of that size (Huber, 1964)
constexpr double doubt = 0.02;           ///< in the first weights
constexpr float fading = 1 - 1 / 600.0F; ///< of late errors: two days

/// Of the regression, per five minutes: what half an hour ahead is like changes within a week, later hours are learned
/// from for longer.
double memory_of(std::size_t blocks_ahead)
{
  return blocks_ahead < 6 ? 0.9993 : 0.9997;
}

regression<season::hints> fresh()
{
  return regression<season::hints>({0, 0.2F, 0.2F, 0.2F, 0.4F}, doubt);
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
      study_->regressions[i].learn(due.said, outcome - static_cast<double>(due.level), weight, memory_of(horizons[i]),
                                   most);
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

} // namespace pilotlight::predict
