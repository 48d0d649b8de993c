// How does a proxy's status look to a person? Pure.
#pragma once
#include "shared/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::cli {

/// The answer of GET /v1/models as aligned text: a line about the proxy, a row for each model, a row below it for each
/// of its instances, and the reasons of models that have one. What the answer lacks is shown as "-". Failure: the text
/// is no such answer.
result<std::string> status_table(std::string_view answer);

/// What the whole service has done, in a few lines: from the answers of GET /v1/autoscaling/stats and /v1/performance.
/// Empty when they are no such answers.
std::string statistics_lines(std::string_view scaling, std::string_view performance);

/// How the whole service does, in a line: from the answer of GET /v1/health. Empty when it is no such answer.
std::string health_line(std::string_view health);

/// Rows under a heading, columns two spaces apart; columns named in `right` (by index) are aligned to the right.
std::string align(std::vector<std::vector<std::string>> const& rows, std::vector<std::size_t> const& right);

/// 5976883 -> "5.7 MiB".
std::string shown_size(double bytes);

/// Seconds, in the two largest units: "12 s", "3 min 5 s", "2 h 0 min", "4 d 3 h".
std::string shown_duration(double seconds);

} // namespace pilotlight::cli
