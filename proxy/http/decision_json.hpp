// How does a decision look to programs? JSON for GET /v1/decisions and its stream. Pure.
#pragma once
#include "proxy/decide/decision_log.hpp"

#include <boost/json/value.hpp>
#include <string_view>

namespace pilotlight::http {

/// {"number", "time", "last_time", "times", "model", "action", "reason", "dry_run", "urgent", what belongs to the
/// action
/// ("instances" | "to" | "instance" | "weights"), "facts": {...}, "forecast": {...}}. Times are RFC 3339 in UTC,
/// durations seconds; what is unknown is null.
boost::json::value to_json(decide::decision const& one, std::string_view model);

} // namespace pilotlight::http
