// What does the configuration mean to the deciders? Pure.
#pragma once
#include "proxy/config/settings.hpp"
#include "proxy/decide/policy.hpp"
#include "proxy/predict/predictor.hpp"
#include "shared/failure.hpp"

#include <string_view>

namespace pilotlight::control {

/// Of one model, by its limits and the schedules that are for it. `threads` of one instance.
decide::model_policy policy_of(std::string_view model, model_limits const& limits, settings const& config, int threads);
decide::node_policy node_policy_of(settings const& config);
predict::predictor_settings predictor_settings_of(model_limits const& limits);

/// The windows of `[[autoscaling.schedules]]`; a failure names the entry.
result<std::vector<decide::schedule>> schedules_of(std::span<schedule_settings const> schedules,
                                                   std::string_view model);

} // namespace pilotlight::control
