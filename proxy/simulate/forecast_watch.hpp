// How good are the forecasts of a minute's count? Keeps what was expected until the minute has passed. Pure.
#pragma once
#include "proxy/predict/predictor.hpp"
#include "proxy/simulate/report.hpp"

#include <array>
#include <deque>

namespace pilotlight::simulate {

/// One model's. A forecast is asked for at the end of every minute, as far ahead as each horizon.
class forecast_watch
{
public:
  static constexpr std::array<duration, 2> horizons{std::chrono::minutes(15), std::chrono::minutes(60)};

  /// `late`: from then on minutes count for late(), too; never, when the trace is shorter.
  forecast_watch(instant begin, instant late);

  /// Brings all minutes that have ended by `now` to book. To be called before `by` hears of anything at `now` or after.
  void pass(predict::predictor const& by, instant now);
  void arrived(instant when, std::uint64_t count);

  std::array<accuracy, horizons.size()> const& whole() const { return whole_; }
  std::array<accuracy, horizons.size()> const& late() const { return late_; }

private:
  struct expected
  {
    instant minute{};
    double count = -1, last = 0; ///< forecast (-1: none), and the minute before it was made
  };

  void end_minute(predict::predictor const& by);

  instant minute_; ///< the one under way
  instant late_from_;
  double count_ = 0;
  std::array<std::deque<expected>, horizons.size()> open_;
  std::array<accuracy, horizons.size()> whole_, late_;
};

} // namespace pilotlight::simulate
