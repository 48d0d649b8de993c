#include "proxy/simulate/forecast_watch.hpp"

#include <cmath>

namespace pilotlight::simulate {

forecast_watch::forecast_watch(instant begin, instant late)
    : minute_(std::chrono::floor<std::chrono::minutes>(begin)), late_from_(late)
{
  for (std::size_t i = 0; i < horizons.size(); ++i)
    whole_[i].ahead = late_[i].ahead = horizons[i];
}

void forecast_watch::arrived(instant, std::uint64_t count)
{
  count_ += static_cast<double>(count);
}

void forecast_watch::pass(predict::predictor const& by, instant now)
{
  while (minute_ + std::chrono::minutes(1) <= now)
    end_minute(by);
}

void forecast_watch::end_minute(predict::predictor const& by)
{
  auto const end = minute_ + std::chrono::minutes(1);
  for (std::size_t i = 0; i < horizons.size(); ++i) {
    auto& open = open_[i];
    if (!open.empty() && open.front().minute == minute_) {
      auto const& was = open.front();
      auto const judge = [&](accuracy& into) {
        into.error += std::abs(std::max(was.count, 0.0) - count_); // no forecast: none is expected
        into.last_error += std::abs(was.last - count_);
        into.actual += count_;
        ++into.minutes;
      };
      judge(whole_[i]);
      if (minute_ >= late_from_) judge(late_[i]);
      open.pop_front();
    }
    auto const rate = by.expect(end, horizons[i]).rate;
    open.push_back({end + horizons[i], rate < 0 ? -1 : rate * 60, count_});
  }
  count_ = 0;
  minute_ = end;
}

} // namespace pilotlight::simulate
