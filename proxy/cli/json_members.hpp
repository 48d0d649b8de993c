// How are members of an answer shown that may come from a proxy of another release? What is not there is "-". Pure.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::cli {

/// null when it is not there.
boost::json::value member(boost::json::object const& object, std::string_view name);
/// As a text without control characters, so nothing that comes over the network moves a terminal's cursor.
std::string text(boost::json::object const& object, std::string_view name);
std::optional<double> figure(boost::json::object const& object, std::string_view name);
boost::json::array list(boost::json::object const& object, std::string_view name);
boost::json::object part(boost::json::object const& object, std::string_view name);
bool is_true(boost::json::object const& object, std::string_view name);

/// 12.3456 -> "12.3".
std::string shown_decimal(double value, int decimals);

} // namespace pilotlight::cli
