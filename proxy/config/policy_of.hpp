// What do the settings mean to those who decide? Pure: configuration in, policies out.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/health/check.hpp"
#include "proxy/predict/predictor.hpp"

#include <span>
#include <string_view>

namespace pilotlight::config {

/// Five fields of cron, whose window has a length; else days and hours, which name its end.
bool is_cron(std::string_view when);

/// Failure: a sentence that begins with its key. None for settings that were read: find_contradictions() has asked.
result<decide::schedule> schedule_of(schedule_settings const& one);

/// Of the model `name` with these limits. `schedules` are the node's: those of this model and of every model are taken,
/// with a floor of at most its max_instances.
decide::model_policy policy_of(model_limits const& limits, std::span<schedule_settings const> schedules,
                               std::string_view name);
decide::node_policy policy_of(settings const& node);
health::policy policy_of(health_settings const& given);
predict::predictor_settings predictor_of(model_limits const& limits);

} // namespace pilotlight::config
