#include "proxy/oip/input_check.hpp"

#include "proxy/oip/sentence.hpp"

#include <algorithm>

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
  for (auto const& input : given) {
    auto const spec = std::find_if(known.begin(), known.end(), [&](auto const& one) { return one.name == input.name; });
    if (spec == known.end())
      return refuse("unknown input " + quoted(input.name) + ": the model takes " + listed(known));
    if (auto const checked = check_input(input, *spec); !checked) return checked;
  }
  for (auto i = std::size_t{0}; i < known.size(); ++i) {
    auto const here = [&](auto const& input) { return input.name == known[i].name; };
    if (std::none_of(given.begin(), given.end(), here) && !has_default(i, arguments))
      return refuse("input " + quoted(known[i].name) + " is missing: the model takes " + listed(known));
  }
  return {};
}

} // namespace pilotlight::oip
