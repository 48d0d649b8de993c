#include "proxy/history/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace pilotlight::history {
namespace {

constexpr std::string_view start_costs_name = "start_costs-1";
constexpr double largest_cost = 1e15; // microseconds or bytes: 31 years, 900 TiB

} // namespace

std::string write_numbers(std::string_view name, std::span<double const> numbers)
{
  auto text = std::string(name);
  for (auto const number : numbers) {
    auto digits = std::array<char, 32>();
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    (void)error; // the shortest form of a double has at most 24 characters
    text.append(" ").append(digits.data(), end);
  }
  return text;
}

std::optional<std::vector<double>> read_numbers(std::string_view text, std::string_view name, std::size_t count)
{
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  auto numbers = std::vector<double>();
  while (!text.empty()) {
    auto number = 0.0;
    auto const [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (text.front() != ' ' || error != std::errc() || !std::isfinite(number)) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return numbers.size() == count ? std::optional(std::move(numbers)) : std::nullopt;
}

std::string write_start_costs(decide::start_costs const& costs)
{
  auto numbers = std::vector<double>();
  for (auto const each : costs.to_answer)
    numbers.push_back(static_cast<double>(each.count()));
  for (auto const each : costs.bytes)
    numbers.push_back(static_cast<double>(each));
  return write_numbers(start_costs_name, numbers);
}

std::optional<decide::start_costs> read_start_costs(std::string_view text)
{
  auto const numbers = read_numbers(text, start_costs_name, 2 * decide::rungs);
  if (!numbers) return std::nullopt;
  auto costs = decide::start_costs();
  for (std::size_t i = 0; i < numbers->size(); ++i) {
    auto const number = (*numbers)[i];
    if (number < 0 || number > largest_cost) return std::nullopt;
    if (i < decide::rungs)
      costs.to_answer[i] = std::chrono::microseconds(static_cast<std::int64_t>(number));
    else
      costs.bytes[i - decide::rungs] = static_cast<std::uint64_t>(number);
  }
  return costs;
}

} // namespace pilotlight::history
