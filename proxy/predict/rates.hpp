// How fast have calls come lately, seen at several time scales? Pure, 48 bytes.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

namespace pilotlight::predict {

/// Exponentially weighted arrivals per second, one mean per time scale.
class rates
{
public:
  static constexpr std::array<double, 5> scales{150, 600, 3'600, 14'400, 172'800}; ///< seconds

  void arrived(double when, double count)
  {
    auto const passed = last_ >= 0 && when > last_ ? when - last_ : 0.0;
    if (passed > 0)
      for (std::size_t i = 0; i < scales.size(); ++i)
        rate_[i] *= static_cast<float>(std::exp(-passed / scales[i]));
    for (std::size_t i = 0; i < scales.size(); ++i)
      rate_[i] += static_cast<float>(count / scales[i]);
    if (when > last_) last_ = when;
  }
  /// As it stood right after the last call; it falls by exp(-idle / scale) from there.
  double at_last_call(std::size_t scale) const { return static_cast<double>(rate_[scale]); }
  double last_call() const { return last_; } ///< seconds since the epoch; -1: none yet
  bool none() const { return last_ < 0; }

  /// Nobody watched until `when`, which may even lie before the last call.
  void resume(double when)
  {
    if (last_ > when) last_ = when;
  }

  template <class Archive>
  void persist(Archive& archive)
  {
    for (auto& rate : rate_)
      archive.real(rate, 0, 1e9);
    archive.real(last_, -1, 1e11);
  }

private:
  std::array<float, scales.size()> rate_{};
  double last_ = -1;
};

} // namespace pilotlight::predict
