// Who else of the fleet keeps the shared zygote running, now and lately? While another model does, resting warm costs
// a model only what is its own. Pure; 8 KiB, and 8 bytes for each model.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace pilotlight::predict {

/// Times are finite seconds since the epoch; one that steps back counts as the latest known.
class company
{
public:
  using member = std::uint32_t;

  member join();
  void leave(member who);

  /// `who` has processes until then, if nothing else is said before; `until` <= `now`: none.
  void keeps(member who, double now, double until);

  bool others_keep(member who, double now);
  /// Seconds of [from, to] in which nobody but `who` kept it. What lies too far back counts as such.
  double alone(member who, double from, double to);

private:
  static constexpr std::size_t remembered = 512;
  struct change
  {
    double when = 0;
    std::uint32_t keepers = 0; ///< from then on
    member only = 0;           ///< who, if it is one
  };

  void pass(double now);
  void turn(member who, bool keeps, double when);
  bool is_alone(change const& since, member who) const
  {
    return since.keepers == 0 || (since.keepers == 1 && since.only == who);
  }
  change const& back(std::size_t steps) const { return changes_[(newest_ + remembered - steps) % remembered]; }

  static constexpr double nothing = std::numeric_limits<double>::max();
  std::vector<double> until_;  ///< of each member
  std::vector<member> vacant_; ///< places of those that left
  std::uint32_t keepers_ = 0;
  std::uint64_t sum_ = 0;      ///< of the keepers' numbers: with one of them, its number
  double first_end_ = nothing; ///< of what is kept
  std::array<change, remembered> changes_{};
  std::size_t newest_ = 0, known_ = 1;
};

} // namespace pilotlight::predict
