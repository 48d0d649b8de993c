// How are a few numbers kept in the history? As a short text that names what they are. Pure.
#pragma once
#include "proxy/decide/rung.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::history {

/// "name-version 1 2.5 ...": the shortest texts that read back as the same doubles.
std::string write_numbers(std::string_view name, std::span<double const> numbers);
/// Exactly `count` finite numbers under that name, or nothing.
std::optional<std::vector<double>> read_numbers(std::string_view text, std::string_view name, std::size_t count);

/// Measured start costs of a model.
std::string write_start_costs(decide::start_costs const& costs);
std::optional<decide::start_costs> read_start_costs(std::string_view text);

} // namespace pilotlight::history
