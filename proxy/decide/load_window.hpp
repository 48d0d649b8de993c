// How much was it lately, and where is it going? A ring of time buckets: constant memory, ticks of any spacing. Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstddef>
#include <vector>

namespace pilotlight::decide {

/// A straight line through a window, and how far it can be trusted.
struct trend
{
  double mean = 0;       ///< per second
  double mean_error = 0; ///< one standard error of it
  double end = 0;        ///< the line's value now
  double end_error = 0;  ///< one standard error of it
  double rise = 0;       ///< per second and second
  double rise_error = 0;
};

/// Averages of the kind that Knative's autoscaler (KPA) keeps: amounts in `buckets` of equal length; an average divides
/// by the time that is covered by observations, so a young window is not a low one.
class load_window
{
public:
  explicit load_window(duration length, int buckets = 60);

  /// `amount` happened evenly between `from` and `to` (arrivals: their number; concurrency: mean times seconds).
  /// Times never step back; what lies further back than the window is dropped.
  void add(instant from, instant to, double amount);

  /// Per second over the last `back`; 0 where nothing is known.
  double mean(instant now, duration back) const;
  /// Seconds of the last `back` that are covered by observations.
  double covered(instant now, duration back) const;
  /// Least squares over the buckets of the last `back`. Fewer than 8 of them: no line, the mean with the error of a
  /// Poisson count.
  trend line(instant now, duration back) const;

private:
  struct bucket
  {
    float amount = 0;
    float seconds = 0; ///< covered; 0: nothing was observed
  };

  void begin(std::int64_t number);
  template <class Do>
  void each(instant now, duration back, Do what) const; ///< bucket of the last `back`, with its number

  std::vector<bucket> buckets_; ///< a ring, by number: time since the epoch in widths
  std::int64_t newest_ = -1;    ///< the number last written to; with the ring's size less one before it, all there are
  duration width_;
};

} // namespace pilotlight::decide
