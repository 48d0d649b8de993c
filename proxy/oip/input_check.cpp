#include "proxy/oip/input_check.hpp"

#include "proxy/oip/sentence.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <charconv>
#include <utility>

namespace pilotlight::oip {
namespace {

std::string listed(std::span<tensor_spec const> known)
{
  constexpr auto most = std::size_t{8};
  auto text = std::string();
  for (auto const& input : known.first(std::min(known.size(), most))) {
    if (!text.empty()) text += ", ";
    text += quoted(input.name);
    if (input.type == datatype::unknown && !input.shape) continue;
    text += " (";
    text += to_string(input.type);
    if (input.type != datatype::unknown && input.shape) text += ' ';
    if (input.shape) text += to_text(*input.shape);
    text += ')';
  }
  if (known.size() > most) text += " and " + std::to_string(known.size() - most) + " more";
  return text;
}

bool fits(dimensions const& given, std::vector<std::int64_t> const& known)
{
  return std::equal(given.begin(), given.end(), known.begin(), known.end(),
                    [](auto extent, auto allowed) { return allowed == -1 || extent == allowed; });
}

result<void> check_input(tensor_entry const& given, tensor_spec const& known)
{
  if (known.type != datatype::unknown && given.type != known.type)
    return refuse("input " + quoted(given.name) + " has datatype " + std::string(to_string(given.type)) +
                  ": the model takes " + std::string(to_string(known.type)));
  if (known.shape && !fits(given.shape, *known.shape))
    return refuse("input " + quoted(given.name) + " has shape " + to_text(given.shape) + ": the model takes " +
                  to_text(*known.shape) +
                  (std::count(known.shape->begin(), known.shape->end(), -1) ? " (-1: any)" : ""));
  return {};
}

/// Which known input this name means: by its name, or by its position as models of Triton's PyTorch backend call them
/// ("INPUT__0"). known.size(): none.
std::size_t position_of(std::string_view name, std::span<tensor_spec const> known)
{
  constexpr auto by_position = std::string_view("INPUT__");
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].name == name) return i;
  if (!name.starts_with(by_position)) return known.size();
  auto const digits = name.substr(by_position.size());
  auto position = std::size_t{0};
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  return error == std::errc() && end == digits.data() + digits.size() ? std::min(position, known.size()) : known.size();
}

bool has_default(std::size_t position, std::span<argument_description const> arguments)
{
  for (auto const& argument : arguments)
    if (argument.kind == "tensor" && position-- == 0) return argument.has_default;
  return false;
}

} // namespace

result<void> check_inputs(tensor_table const& table, std::span<tensor_spec const> known,
                          std::span<argument_description const> arguments)
{
  auto const& given = table.tensors;
  for (auto i = given.begin(); i != given.end(); ++i)
    if (std::any_of(given.begin(), i, [&](auto const& other) { return other.name == i->name; }))
      return refuse("input " + quoted(i->name) + " is given twice");
  if (known.empty()) return {};
  auto here = boost::container::small_vector<bool, 16>(known.size(), false);
  for (auto const& input : given) {
    auto const position = position_of(input.name, known);
    if (position == known.size())
      return refuse("unknown input " + quoted(input.name) + ": the model takes " + listed(known));
    if (std::exchange(here[position], true))
      return refuse("input " + quoted(known[position].name) + " is given twice, by name and by position");
    if (auto checked = check_input(input, known[position]); !checked) return checked;
  }
  for (auto i = std::size_t{0}; i < known.size(); ++i)
    if (!here[i] && !has_default(i, arguments))
      return refuse("input " + quoted(known[i].name) + " is missing: the model takes " + listed(known));
  return {};
}

result<void> check_outputs(std::span<requested_output const> requested, std::span<tensor_spec const> known)
{
  if (known.empty()) return {};
  for (auto const& output : requested)
    if (std::none_of(known.begin(), known.end(), [&](auto const& one) { return one.name == output.name; }))
      return refuse("unknown output " + quoted(output.name) + ": the model gives " + listed(known));
  return {};
}

} // namespace pilotlight::oip
