// How many calls will a coming minute bring? Level times season, corrected by what the last hours missed. Pure;
// 4 KiB, and 17 KiB more once calls are frequent enough to learn from.
//
// The season is the last week itself (history): how the rate moved at this hour yesterday, a week ago, on the mean of
// seven days, and on those of them whose last hours looked most like today's (method of analogues, Lorenz 1969). A
// regression per horizon learns from late forecasts how far to trust each and how fast the level returns to it. Beside
// it run the last level alone and its mean with the analogues; the one with the least late error speaks.
#pragma once
#include "proxy/predict/history.hpp"
#include "proxy/predict/regression.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace pilotlight::predict {

class season
{
public:
  /// `minute` since the epoch, never stepping back.
  void arrived(std::int64_t minute, double count);
  /// Every minute before this one is over.
  void roll(std::int64_t minute);
  /// Nobody watched since the last call: what comes next is not a quiet time.
  void interrupted() { watched_ = false; }

  struct outlook
  {
    double per_minute = -1; ///< -1: too little known
    double error = -1;      ///< of late forecasts as far ahead, mean absolute error over mean; -1: none yet
  };
  /// Calls in the minute that begins `ahead` minutes after the one that is running (0 to 1440).
  outlook expect(double ahead) const;

  history const& past() const { return past_; }
  double level() const { return slow_; } ///< calls per minute, mean of about a day

  static constexpr std::size_t hints = 13;
  /// Blocks of five minutes between a forecast and what it was of.
  static constexpr std::array<std::size_t, 7> horizons{0, 1, 3, 6, 12, 24, 48};
  static constexpr std::size_t voices = 3; ///< the regression, the level alone, half regression and half analogues

  template <class Archive>
  void persist(Archive& archive)
  {
    archive.whole(minute_, -1, std::int64_t{1} << 40);
    archive.real(last_, 0, 1e9);
    archive.real(fast_, 0, 1e9);
    archive.real(middle_, 0, 1e9);
    archive.real(slow_, 0, 1e9);
    archive.whole(minutes_, 0, std::int64_t{1} << 40);
    past_.persist(archive);
    std::uint8_t studied = study_ ? 1 : 0;
    archive.small(studied);
    if constexpr (Archive::reading)
      if (studied != 0) study_ = std::make_unique<study>();
    if (study_) {
      for (auto& one : study_->regressions)
        one.persist(archive);
      for (auto& one : study_->late)
        one.persist(archive);
    }
    late_sparse_.persist(archive);
  }

private:
  struct pending ///< a forecast whose minute has not come
  {
    std::array<float, hints> said{};
    float level = 0;                   ///< logarithm, when it was made
    std::array<float, voices> rates{}; ///< calls per minute
    bool valid = false;
  };
  static constexpr int days = 7;
  struct scene ///< what every forecast made now begins with; logarithms of calls per minute
  {
    double level = 0;                        ///< now
    std::array<double, days> then{};         ///< at this time that many days ago, from yesterday; NaN: unknown
    std::array<double, days> likeness{};     ///< of its last hours to today's; weights
    double surprise_30 = 0, surprise_90 = 0; ///< rise in so many minutes beyond that of the days alike
  };
  struct lateness ///< of forecasts at one horizon, fading over two days
  {
    std::array<float, voices> missed{};
    float came = 0;
    std::size_t best() const;
    template <class Archive>
    void persist(Archive& archive)
    {
      for (auto& one : missed)
        archive.real(one, 0, 1e12);
      archive.real(came, 0, 1e12);
    }
  };
  static constexpr std::size_t waiting = 0 + 1 + 3 + 6 + 12 + 24 + 48 + 7;
  struct study ///< of busy models only: 17 KiB
  {
    study();
    std::array<regression<hints>, horizons.size()> regressions;
    std::array<lateness, horizons.size()> late{};
    std::array<pending, waiting> due{};
    pending& slot(std::size_t horizon, std::int64_t block);
  };

  void resume(std::int64_t minute);
  void end_minute(double count);
  void end_block();
  void end_quiet_quarter();
  void forget_forecasts();
  void note_sparse(double came);
  scene look() const;
  pending make(std::size_t horizon, double ahead, scene const& seen) const;

  std::int64_t minute_ = -1;                           ///< the running one
  std::int64_t minutes_ = 0;                           ///< ended ones
  double count_ = 0;                                   ///< of the running minute
  double block_ = 0;                                   ///< of the running five minutes
  double quarter_ = 0;                                 ///< of the running quarter of an hour
  int block_minutes_ = 0, quarter_minutes_ = 0;        ///< watched ones
  double last_ = 0, fast_ = 0, middle_ = 0, slow_ = 0; ///< calls per minute, means of ~1 min, ~3 min, ~40 min, ~1 day
  bool watched_ = true;
  history past_;
  std::unique_ptr<study> study_; ///< none while calls are few: the mean says all then
  lateness late_sparse_;         ///< of the mean alone, a quarter of an hour ahead, where calls are few
  float sparse_said_ = 0;
};

} // namespace pilotlight::predict
