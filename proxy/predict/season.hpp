// How many calls will a coming minute bring? Level times season, corrected by what the last hours missed. Pure; about
// 12 KiB, allocated with the first calls.
//
// The season is the last week itself (history): how the rate moved at this hour yesterday, a week ago, on the mean of
// seven days. A regression per horizon learns from late forecasts how far to trust each and how fast the level returns
// to it. Beside it run the last level alone and level times mean season; the one with the least late error speaks.
#pragma once
#include "proxy/predict/history.hpp"
#include "proxy/predict/regression.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pilotlight::predict {

class season
{
public:
  season();
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

  static constexpr std::size_t hints = 8;
  /// Blocks of five minutes between a forecast and what it was of.
  static constexpr std::array<std::size_t, 7> horizons{0, 1, 3, 6, 12, 24, 48};
  static constexpr std::size_t voices = 3; ///< the regression, the level alone, level times mean season

  template <class Archive>
  void persist(Archive& archive)
  {
    archive.whole(minute_, -1, std::int64_t{1} << 40);
    archive.real(fast_, 0, 1e9);
    archive.real(middle_, 0, 1e9);
    archive.real(slow_, 0, 1e9);
    archive.whole(minutes_, 0, std::int64_t{1} << 40);
    past_.persist(archive);
    for (auto& one : regressions_)
      one.persist(archive);
    for (auto& one : late_)
      one.persist(archive);
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

  void end_minute(double count);
  void end_block();
  void end_quiet_quarter();
  void note_sparse(double came);
  pending make(std::size_t horizon, double ahead) const;
  pending& slot(std::size_t horizon, std::int64_t block);

  std::int64_t minute_ = -1;                    ///< the running one
  std::int64_t minutes_ = 0;                    ///< ended ones
  double count_ = 0;                            ///< of the running minute
  double block_ = 0;                            ///< of the running five minutes
  double quarter_ = 0;                          ///< of the running quarter of an hour
  int block_minutes_ = 0, quarter_minutes_ = 0; ///< watched ones
  double fast_ = 0, middle_ = 0, slow_ = 0;     ///< calls per minute, means of ~7 min, ~40 min, ~1 day
  bool watched_ = true;
  history past_;
  std::array<regression<hints>, horizons.size()> regressions_;
  std::array<lateness, horizons.size()> late_{};
  lateness late_sparse_; ///< of the mean alone, a quarter of an hour ahead, where calls are few
  float sparse_said_ = 0;
  std::array<pending, waiting> pending_{};
};

} // namespace pilotlight::predict
