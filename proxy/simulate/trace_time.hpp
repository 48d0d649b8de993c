// What moment does this text name? Pure.
#pragma once
#include "proxy/decide/facts.hpp"

#include <optional>
#include <string_view>

namespace pilotlight::simulate {

/// "2026-01-05 00:03:04.289122" (or with T between, a Z after, without seconds' fraction: UTC), or plain seconds since
/// any epoch ("57.15784"). Digits beyond microseconds are cut. Nothing: it is neither, or no day of the calendar.
std::optional<decide::instant> parse_time(std::string_view text);

/// One count of a trace is at most this: each request is followed.
inline constexpr std::uint64_t largest_count = 10'000'000;

/// A count, at least 0 and at most `largest_count`.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// Seconds, finite; may be negative.
std::optional<double> parse_number(std::string_view text);

} // namespace pilotlight::simulate
