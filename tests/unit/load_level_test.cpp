#include "proxy/decide/load_level.hpp"

#include <array>
#include <doctest/doctest.h>
#include <set>
#include <string>

using namespace pilotlight::decide;

TEST_CASE("load level: every cell of the table")
{
  using enum load_level;
  struct one
  {
    load_level from;
    std::array<load_level, load_readings> to; ///< silent, under, slack, tight, over
  };
  std::array<one, load_levels> const table{{{none, {none, low, normal, normal, high}},
                                            {low, {none, low, low, normal, high}},
                                            {normal, {none, low, normal, normal, high}},
                                            {high, {none, low, normal, high, high}}}};
  for (auto const& row : table)
    for (std::size_t reading = 0; reading < load_readings; ++reading) {
      auto const read = static_cast<load_reading>(reading);
      CAPTURE(std::string(to_string(row.from)));
      CAPTURE(std::string(to_string(read)));
      CHECK(next(row.from, read) == row.to[reading]);
      CHECK(next(next(row.from, read), read) == next(row.from, read)); // the same reading twice changes nothing more
    }
}

TEST_CASE("load level: each level and reading has a name of its own")
{
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < load_levels; ++i)
    names.insert(to_string(static_cast<load_level>(i)));
  for (std::size_t i = 0; i < load_readings; ++i)
    names.insert(to_string(static_cast<load_reading>(i)));
  CHECK(names.size() == load_levels + load_readings);
}
