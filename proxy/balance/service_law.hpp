// How long does a worker compute for a body of this size? Learned from what it took so far. Pure.
#pragma once
#include "proxy/balance/least_squares.hpp"

#include <cstdint>

namespace pilotlight::balance {

/// Milliseconds = a + b size + c size^2, size in KiB (attention is quadratic, most else linear). Samples are weighed by
/// the inverse square of what was expected: the noise of a long request must not drown the short ones.
class service_law
{
public:
  bool known() const { return samples_ > 0; }
  std::uint64_t samples() const { return samples_; }

  /// At least a tenth of the shortest seen, and above the largest size seen not less than there: a parabola through
  /// noise may dip below zero, or turn down where no sample holds it.
  double expected_ms(double kib) const;
  void learn(double kib, double ms);
  /// As doubtful of it as of a first sample, but in its shape.
  static service_law born_from(service_law const& parent);

private:
  using fit = least_squares<3>;
  static fit::vector terms(double kib) { return {1, kib, kib * kib}; }
  /// `doubt`: variance of the law at a request of that size, relative to its square.
  void begin(fit::vector const& law, double kib, double ms, double doubt);

  fit fit_;
  std::uint64_t samples_ = 0;
  double shortest_ = 0; ///< ms
  double largest_ = 0;  ///< KiB
  double mean_ms_ = 0;  ///< scales of the samples, for one who is born from it
  double mean_kib_ = 0;
};

} // namespace pilotlight::balance
