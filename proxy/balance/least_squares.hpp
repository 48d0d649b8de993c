// What linear law do these samples follow, the late ones counting most? Recursive least squares with exponential
// forgetting (Haykin, "Adaptive Filter Theory", ch. 10), for a handful of terms. Pure; no allocation.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

namespace pilotlight::balance {

template <std::size_t Terms>
class least_squares
{
public:
  using vector = std::array<double, Terms>;

  least_squares() = default;

  /// Starts from `law`; `doubt` is the variance of each of its terms, in their own squared units.
  least_squares(vector const& law, vector const& doubt) : law_(law)
  {
    for (std::size_t i = 0; i < Terms; ++i) {
      covariance_[i][i] = doubt[i];
      most_doubt_[i] = doubt[i];
    }
  }

  double at(vector const& x) const
  {
    auto sum = 0.0;
    for (std::size_t i = 0; i < Terms; ++i)
      sum += law_[i] * x[i];
    return sum;
  }

  /// One sample. `keep` in (0, 1]: how much the earlier ones count still. Doubt never grows above where it began: a
  /// term that does not vary teaches nothing, and forgetting alone would let its doubt grow without bound.
  void learn(vector const& x, double y, double keep)
  {
    auto gain = vector();
    auto spread = keep;
    for (std::size_t i = 0; i < Terms; ++i) {
      for (std::size_t j = 0; j < Terms; ++j)
        gain[i] += covariance_[i][j] * x[j];
      spread += gain[i] * x[i];
    }
    auto const error = y - at(x);
    if (!(spread > 0) || !std::isfinite(error)) return;
    auto const projected = gain; // covariance * x
    for (std::size_t i = 0; i < Terms; ++i) {
      gain[i] /= spread;
      law_[i] += gain[i] * error;
    }
    for (std::size_t i = 0; i < Terms; ++i)
      for (std::size_t j = i; j < Terms; ++j)
        covariance_[j][i] = covariance_[i][j] = (covariance_[i][j] - gain[i] * projected[j]) / keep;
    bound();
  }

  vector const& law() const { return law_; }

private:
  /// Scales a term's row and column back, so that the matrix stays symmetric and positive.
  void bound()
  {
    for (std::size_t i = 0; i < Terms; ++i) {
      if (covariance_[i][i] <= most_doubt_[i]) continue;
      auto const down = std::sqrt(most_doubt_[i] / covariance_[i][i]);
      for (std::size_t j = 0; j < Terms; ++j) {
        covariance_[i][j] *= down;
        covariance_[j][i] *= down;
      }
    }
  }

  vector law_{};
  vector most_doubt_{};
  std::array<vector, Terms> covariance_{};
};

} // namespace pilotlight::balance
