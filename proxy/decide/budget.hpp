// How many worker-hours has a model had this month, and how many will it be? Pure; one number to save.
#pragma once
#include "proxy/decide/facts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight::decide {

enum class budget_state : std::uint8_t
{
  within, ///< or no budget
  near,   ///< at this rate the month would end over it: floors are dropped
  over,   ///< floors are dropped, and one instance is the most
};

std::string_view to_string(budget_state state);

/// Accounts one hour for each hour of each instance (starting ones too). Months are those of UTC; a new one begins at
/// zero.
class worker_hours
{
public:
  /// `instances` of them are there now. Those that were there at the last call have run since then (after a gap longer
  /// than a minute only a minute: nobody saw the rest).
  void account(instant now, int instances);
  /// For the next run: the month and its hours.
  std::string save() const;
  /// What an earlier run has saved is added; nothing if that was of another month, or cannot be read.
  void restore(instant now, std::string_view saved);
  void restore(instant now, double hours);

  /// In the month of `now`.
  double used(instant now) const;
  /// Of the whole month, at the mean rate of its past days. In the first day of a month: what was used so far.
  double forecast(instant now) const;
  budget_state state(instant now, double budget) const;

private:
  void turn_month(instant now);

  double used_ = 0;
  std::int64_t month_ = -1; ///< months since year 0
  instant since_{};         ///< the last account
  int running_ = 0;         ///< at that account
};

} // namespace pilotlight::decide
