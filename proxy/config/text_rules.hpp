// Is this text of the form that its key wants? Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace pilotlight::config {

/// A field name of HTTP (RFC 9110): 1 to 100 of its token characters.
bool is_header_name(std::string_view text);

/// The name of a zone: 1 to 64 letters, digits, '-', '_' or '.'.
bool is_zone_name(std::string_view text);
inline bool is_zone_name_or_empty(std::string_view text)
{
  return text.empty() || is_zone_name(text);
}

/// A network or one address, IPv4 or IPv6: what balance/cidr.hpp reads.
bool is_network(std::string_view text);

/// Two words (days and hours) or five (cron); what they may be, decide/schedule.hpp knows.
bool has_schedule_form(std::string_view text);

/// "+05:30" -> 330 minutes; nothing if it is none from -12:00 to +14:00.
std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);

inline bool is_utc_offset(std::string_view text)
{
  return parse_utc_offset(text).has_value();
}

} // namespace pilotlight::config
