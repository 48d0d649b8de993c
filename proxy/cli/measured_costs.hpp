// What does a running proxy say that a model's starts, memory and requests cost? Reads its answer; opens nothing.
#pragma once
#include "proxy/simulate/costs.hpp"
#include "shared/failure.hpp"

#include <string_view>

namespace pilotlight::cli {

/// `answer`: body of GET /v1/models; `model`: NAME (its newest version) or NAME:VERSION.
/// Failure: no such model; or no request has started it since the proxy began, so nothing was measured.
result<simulate::costs> measured_costs(std::string_view answer, std::string_view model);

} // namespace pilotlight::cli
