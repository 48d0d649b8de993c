// How likely is a call in the next moment, given the idle time, the recent rates and the hour? A mixture of simple
// tables and rates that learns its weights as it goes. Pure; about 12 KiB, allocated at the first idle gap.
//
// Each step of the idle grid that a model lives through is one observation: a call came in it or not. The hazard is
// log-linear in what each source says (the product of experts that the context-mixing compressors use, Mahoney's
// PAQ, with exposure in place of a bit): Poisson regression, learned on the way by Newton's steps (iteratively
// re-weighted least squares, one observation at a time).
#pragma once
#include "proxy/predict/idle_grid.hpp"
#include "proxy/predict/rates.hpp"
#include "proxy/predict/regression.hpp"

#include <array>
#include <cstddef>

namespace pilotlight::predict {

class hazard
{
public:
  static constexpr std::size_t sources = 4 + rates::scales.size();
  struct opinion
  {
    double rate = 0;                   ///< calls per second
    regression<sources>::hints said{}; ///< by each source, logarithm against idle time alone
    std::size_t half_hour = 0, hour_of_week = 0, five_minutes = 0;
  };
  /// In `step` of the idleness that began with the last call of `recent`.
  opinion of(std::size_t step, rates const& recent) const;

  /// `exposed` seconds of `step` were lived through, and a call ended them or not; `before` is what of() said.
  void learn(std::size_t step, double exposed, bool called, opinion const& before);

  template <class Archive>
  void persist(Archive& archive)
  {
    for (auto& one : by_step_)
      one.persist(archive);
    for (auto& one : by_half_hour_)
      one.persist(archive);
    for (auto& one : by_hour_of_week_)
      one.persist(archive);
    for (auto& one : by_minute_)
      one.persist(archive);
    for (auto& group : mixtures_)
      group.persist(archive);
  }

private:
  /// Calls seen in so many seconds. Halved when it is sure of itself, so that it follows change.
  struct tally
  {
    float calls = 0, seconds = 0;
    /// Shrunk towards `elsewhere` as by one call seen there.
    double rate(double elsewhere) const
    {
      return (static_cast<double>(calls) + 1) / (static_cast<double>(seconds) + 1 / elsewhere);
    }
    void add(double exposed, bool called)
    {
      seconds += static_cast<float>(exposed);
      if (called) calls += 1;
      if (calls > 400) {
        calls /= 2;
        seconds /= 2;
      }
    }
    template <class Archive>
    void persist(Archive& archive)
    {
      archive.tally(calls);
      archive.tally(seconds);
    }
  };
  static constexpr std::size_t groups = 6; ///< of neighbouring steps: they share tables of the hour, and weights

  static std::size_t group_of(std::size_t step);

  std::array<tally, idle_steps> by_step_{};
  std::array<tally, groups * 48> by_half_hour_{};
  std::array<tally, groups * 168> by_hour_of_week_{};
  std::array<tally, 12> by_minute_{}; ///< five minutes of the hour each; `seconds` holds the calls expected there
  std::array<regression<sources>, groups> mixtures_ = first_mixtures();

  static std::array<regression<sources>, groups> first_mixtures();
};

} // namespace pilotlight::predict
