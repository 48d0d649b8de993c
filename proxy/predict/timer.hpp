// Does something call this model by the clock, and when will it call next? Recognises one period (a cron line, a
// sleeping loop) with jitter, missing calls and silent hours. Pure, under 1 KiB.
#pragma once
#include "proxy/predict/account.hpp"
#include "proxy/predict/idle_grid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pilotlight::predict {

/// A stretch of time in which the call is expected.
struct window
{
  double begin = 0, end = 0; ///< seconds since the epoch; begin >= end: none
  double chance = 0;         ///< of a call in it
};

class timer
{
public:
  /// A call that came after more than shortest_idle. Times never step back.
  void called(double when);
  /// The same after a time in which nobody watched: nothing is learned from it but the phase.
  void resumed(double when);

  bool recognised() const { return period_ > 0; }
  double period() const { return period_; }
  double error() const; ///< mean absolute error of the expected call, seconds

  /// The `k`-th expected call after the last one (k >= 1), if its window is worth opening: chance x `price` (seconds
  /// of warmth per avoided wait) against its length.
  window expected(std::size_t k, std::size_t width, double price) const;
  /// The first such window that ends after `now`; none within the next `look_ahead` expected calls: begin >= end, and
  /// begin says until when that is known.
  window next(double now, std::size_t width, double price) const;

  static constexpr std::size_t look_ahead = 400;

  template <class Archive>
  void persist(Archive& archive)
  {
    archive.real(period_, 0, 1e7);
    if (period_ < shortest_idle / 2) period_ = 0;
    archive.real(expected_locked_, 0, 1e11);
    archive.real(error_locked_, 0, 1e7);
    archive.real(error_free_, 0, 1e7);
    archive.real(last_, 0, 1e11);
    archive.real(off_beat_, 0, 1);
    for (auto& one : by_miss_)
      one.persist(archive);
    for (auto& one : by_hour_)
      one.persist(archive);
  }

private:
  /// Windows in which the call came, of those that passed; counts small and halved when full.
  struct hits
  {
    std::uint8_t came = 0, passed = 0;
    void add(bool hit)
    {
      if (passed >= 60) came /= 2, passed /= 2;
      ++passed;
      if (hit) ++came;
    }
    double chance(double elsewhere, double trust) const { return (came + trust * elsewhere) / (passed + trust); }
    template <class Archive>
    void persist(Archive& archive)
    {
      archive.small(came);
      archive.small(passed);
      if (came > passed) came = passed;
    }
  };
  static constexpr std::size_t remembered = 12;

  void look_for_period();
  void follow(double when);
  bool locked() const { return error_locked_ <= error_free_; }
  double expected_at(std::size_t k) const;
  double chance_of(std::size_t k, double when) const;

  std::array<double, remembered> recent_{}; ///< the last calls, oldest first
  std::size_t known_ = 0;
  double period_ = 0;          ///< seconds; 0: none recognised
  double expected_locked_ = 0; ///< when the last call should have come by a clock that jitter does not move (cron)
  double error_locked_ = 0;    ///< mean absolute error by that clock
  double error_free_ = 0;      ///< mean absolute error counted from the last call (a sleeping loop)
  double last_ = 0;
  double off_beat_ = 0;             ///< share of calls that fit no expected one, fading
  std::array<hits, 4> by_miss_{};   ///< at the 1st, 2nd, 3rd, later expected call after the last one
  std::array<hits, 168> by_hour_{}; ///< of the week
};

} // namespace pilotlight::predict
