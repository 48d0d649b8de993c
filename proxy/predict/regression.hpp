// Which weights turn a few hints into a forecast? Recursive least squares with forgetting (Ljung, System
// Identification, ch. 11): no history kept, one small matrix. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace pilotlight::predict {

template <std::size_t size>
class regression
{
public:
  using hints = std::array<float, size>;

  explicit regression(hints const& first_weights, double doubt)
  {
    weights_ = first_weights;
    for (std::size_t i = 0; i < size; ++i)
      spread_[i][i] = doubt;
  }
  double of(hints const& x) const
  {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i)
      sum += static_cast<double>(weights_[i]) * static_cast<double>(x[i]);
    return sum;
  }
  /// `weight` 0 to 1: how much this observation counts. A miss larger than `most` counts as one of that size.
  void learn(hints const& x, double outcome, double weight, double memory, double most)
  {
    if (!(weight > 0)) return;
    std::array<double, size> gain{};
    double certainty = memory / weight;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j)
        gain[i] += spread_[i][j] * static_cast<double>(x[j]);
      certainty += gain[i] * static_cast<double>(x[i]);
    }
    if (!(certainty > 1e-9)) return;
    auto const miss = std::clamp(outcome - of(x), -most, most);
    if (!std::isfinite(miss)) return;
    double trace = 0;
    for (std::size_t i = 0; i < size; ++i)
      trace += spread_[i][i];
    // What is not excited must not grow for ever.
    auto const growth = trace < 10 ? 1 / memory : 1.0;
    for (std::size_t i = 0; i < size; ++i) {
      weights_[i] = std::clamp(weights_[i] + static_cast<float>(gain[i] / certainty * miss), -4.0F, 4.0F);
      for (std::size_t j = 0; j <= i; ++j) {
        auto const next = (spread_[i][j] - gain[i] * gain[j] / certainty) * growth;
        spread_[i][j] = spread_[j][i] = next;
      }
    }
  }
  template <class Archive>
  void persist(Archive& archive)
  {
    for (auto& weight : weights_)
      archive.real(weight, -4, 4);
  }

private:
  hints weights_{};
  std::array<std::array<double, size>, size> spread_{};
};

} // namespace pilotlight::predict
