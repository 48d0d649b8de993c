// Into which steps is idle time cut? Logarithmic ones: what may happen within seconds of the last call matters as much
// as what may happen within the hour ("Serverless in the Wild", ATC'20, takes minutes; a fork tree starts in less).
// Pure.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>

namespace pilotlight::predict {

inline constexpr std::size_t idle_steps = 34;
inline constexpr double shortest_idle = 8; ///< seconds; a shorter gap is not idleness: nothing is learned from it
inline constexpr double steps_per_octave = 3;

/// Where step `i` begins, seconds of idleness; step 0 is [0, shortest_idle). The last one ends at about 4 h.
class idle_grid
{
public:
  idle_grid()
  {
    for (std::size_t i = 1; i <= idle_steps; ++i)
      edge_[i] = shortest_idle * std::exp2(static_cast<double>(i - 1) / steps_per_octave);
  }
  double begin(std::size_t step) const { return edge_[step]; }
  double end(std::size_t step) const { return edge_[step + 1]; }
  double middle(std::size_t step) const { return (edge_[step] + edge_[step + 1]) / 2; }
  /// The step that holds `idle`; idle_steps if it is beyond all.
  std::size_t step_of(double idle) const
  {
    if (!(idle >= shortest_idle)) return 0;
    auto step = static_cast<std::size_t>(1 + std::log2(idle / shortest_idle) * steps_per_octave);
    if (step >= idle_steps) return idle_steps;
    while (step > 1 && idle < edge_[step])
      --step;
    while (step < idle_steps && idle >= edge_[step + 1])
      ++step;
    return step;
  }

private:
  std::array<double, idle_steps + 1> edge_{};
};

inline idle_grid const idle_time{};

} // namespace pilotlight::predict
