// Is this text of the form that its key wants? Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace pilotlight::config {

/// A field name of HTTP (RFC 9110): 1 to 100 of its token characters.
bool is_header_name(std::string_view text);

/// A network in CIDR form, IPv4 or IPv6, with no bits set beyond its prefix: "10.0.0.0/8" is one, "10.1.0.0/8" is not.
bool is_network(std::string_view text);

/// Weekdays and hours, or cron's five fields: what autoscaling.schedules.when may be.
bool is_schedule(std::string_view text);

/// "+05:30" -> 330 minutes; nothing if it is none from -12:00 to +14:00.
std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);

inline bool is_utc_offset(std::string_view text)
{
  return parse_utc_offset(text).has_value();
}

} // namespace pilotlight::config
