// Which figures of a policy are told, by which name, in which unit? One list for the table, the JSON and the page.
// Pure.
#pragma once
#include "proxy/simulate/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::simulate {

enum class figure_unit : std::uint8_t
{
  count,
  percent,   ///< value is a share, 0 to 1
  seconds,   ///< a wait
  hours,     ///< value is in seconds
  gib_hours, ///< value is in MiB-seconds
  ratio,
};

struct figure
{
  std::string_view key;   ///< of the JSON
  std::string_view label; ///< for people
  figure_unit unit = figure_unit::count;
  double value = 0;
  bool known = true; ///< false: does not apply to this policy
};

/// The same figures in the same order for every policy of the report.
std::vector<figure> figures(report const& all, policy_result const& of);

/// "12.3 %", "420 ms", "1,234".
std::string shown(figure const& one);

} // namespace pilotlight::simulate
