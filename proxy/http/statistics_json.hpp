// How do the reports look as JSON? Bodies of the admin port's /v1/autoscaling/stats and /v1/performance. Pure.
#pragma once
#include "proxy/collect/report.hpp"

#include <boost/json/value.hpp>

namespace pilotlight::http {

/// {"active_instances", "loaded_models", "scale_operations" (today), "cost_savings_percent" (since start), ...,
///  "today": {...}, "since_start": {...}, "prediction": {...}, "models": [...]}
boost::json::value autoscaling_stats_json(collect::fleet_report const& report);

/// {"avg_response_time_ms", "p50_ms", ..., "requests_per_second", "error_rate_percent", "cache_hit_rate_percent",
///  "window_seconds", ..., "node": {...}, "models": [...]}: the last minute, but for what says otherwise.
boost::json::value performance_json(collect::fleet_report const& report);

} // namespace pilotlight::http
