// How does JSON look that people read too? Boost.JSON's own text, but for numbers: 2 and 0.203, where that writes 2E0
// and 2.03E-1. Pure.
#pragma once
#include <boost/json/value.hpp>
#include <string>

namespace pilotlight {

/// Integers as they are; others as the shortest decimals that are read back the same, without an exponent from 1e-6 to
/// 1e21. What JSON has no number for (infinite, not a number) is null.
std::string plain_json(boost::json::value const& value);

} // namespace pilotlight
