// How do decisions look to a person? Pure.
#pragma once
#include "shared/failure.hpp"

#include <string>
#include <string_view>

namespace pilotlight::cli {

/// The answer of GET /v1/decisions as aligned text, the oldest first: time, action, figures, reason. What the answer
/// lacks is left out. Failure: the text is no such answer.
result<std::string> explain_table(std::string_view answer, std::string_view model);

/// One decision of the stream as a line: the same columns.
result<std::string> decision_line(std::string_view data);

} // namespace pilotlight::cli
