// How did it look over time? Means over a bounded number of equal pieces of the trace, for plots. Pure.
#pragma once
#include "proxy/decide/rung.hpp"
#include "proxy/simulate/trace.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace pilotlight::simulate {

/// Of all models together, in one piece of time. Means until `width` has been divided out are sums over seconds.
struct moment
{
  double requests = 0, waited = 0; ///< counts
  double instances = 0;            ///< mean
  double mebibytes = 0;            ///< mean, the shared zygote included
};

class timeline
{
public:
  timeline(instant begin, instant end, std::size_t models, std::size_t pieces = 600);

  /// These held evenly over [from, to).
  void hold(instant from, instant to, double instances, double mebibytes);
  void hold(std::size_t model, instant from, instant to, decide::rung at);
  /// These were counted at its end.
  void count(instant at, double requests, double waited);

  instant begin() const { return begin_; }
  duration width() const { return width_; }
  std::size_t size() const { return moments_.size(); }
  /// With means in place of sums.
  moment at(std::size_t piece) const;
  /// The rung at which the model spent the most of the piece.
  decide::rung rung_of(std::size_t model, std::size_t piece) const;

private:
  template <class Add>
  void spread(instant from, instant to, Add add);
  std::size_t piece_of(instant when) const;

  instant begin_;
  duration width_;
  std::vector<moment> moments_;
  std::vector<std::array<float, decide::rungs>> rungs_; ///< seconds, of model x piece
};

} // namespace pilotlight::simulate
