#include "proxy/health/canary_toml.hpp"
#include "proxy/health/canary.hpp"
#include "proxy/repository/read_tensors.hpp"
#include "shared/tensor_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pilotlight::health {
namespace {

using config::entry;
using config::quoted;

std::optional<double> to_number(auto const& content)
{
  if (auto const* integer = std::get_if<std::int64_t>(&content)) return static_cast<double>(*integer);
  if (auto const* number = std::get_if<double>(&content)) return *number;
  return std::nullopt;
}

/// NaN is between nothing.
bool between(double number, double low, double high)
{
  return number >= low && number <= high;
}

std::optional<dimensions> known_shape(config::node const& content)
{
  auto const shape = to_shape(content, 1);
  return shape ? std::optional(dimensions(shape->begin(), shape->end())) : std::nullopt;
}

bool append_item(std::vector<std::byte>& bytes, datatype type, config::scalar const& item)
{
  if (auto const* flag = std::get_if<bool>(&item))
    return type == datatype::boolean && append_value(bytes, type, std::int64_t{*flag});
  if (type == datatype::boolean) return false;
  if (auto const* integer = std::get_if<std::int64_t>(&item)) return append_value(bytes, type, *integer);
  if (auto const* number = std::get_if<double>(&item)) return append_value(bytes, type, *number);
  return false;
}

/// Whether the shape is one of those that the declaration allows; what is not known allows all.
bool agrees(std::optional<std::vector<std::int64_t>> const& declared, dimensions const& shape)
{
  if (!declared) return true;
  return std::equal(declared->begin(), declared->end(), shape.begin(), shape.end(),
                    [](std::int64_t wanted, std::int64_t given) { return wanted == -1 || wanted == given; });
}

} // namespace

void canary_reading::problem(entry const& one, std::string_view allowed)
{
  problems_.push_back(one.where + ": '" + one.name + "' is " + config::shown(one.content) + "; allowed is " +
                      std::string(allowed));
}

bool canary_reading::take(entry const& one)
{
  if (one.name != "canary" && !one.name.starts_with("canary.")) return false;
  if (where_.empty()) where_ = one.where;
  auto const is_head = std::holds_alternative<config::table_head>(one.content);
  if (one.name == "canary") {
    if (!is_head || !one.index.empty()) problem(one, "one section, [canary]");
    return true;
  }
  auto const rest = std::string_view(one.name).substr(std::string_view("canary.").size());
  for (auto const is_input : {true, false}) {
    auto const list = std::string_view(is_input ? "inputs" : "outputs");
    auto& tensors = is_input ? inputs_ : outputs_;
    if (rest == list) {
      if (!is_head || one.index.size() != 1)
        problem(one, "a list of tables, [[canary." + std::string(list) + "]]");
      else
        tensors.push_back({one.where, {}, datatype::unknown, {}, {}, {}});
      return true;
    }
    if (!rest.starts_with(std::string(list) + ".")) continue;
    // Without a list of tables before it, its head has been told off already.
    if (one.index.size() == 1 && !tensors.empty())
      take_field(one, rest.substr(list.size() + 1), tensors.back(), is_input);
    return true;
  }
  if (rest == "arguments") {
    if (!is_head || !one.index.empty()) problem(one, "one section, [canary.arguments], of name = constant");
  } else if (rest.starts_with("arguments.")) {
    take_argument(one, rest.substr(std::string_view("arguments.").size()));
  } else {
    take_plain(one, rest);
  }
  return true;
}

void canary_reading::take_plain(entry const& one, std::string_view key)
{
  auto const number = to_number(one.content);
  if (key == "enabled") {
    auto const* flag = std::get_if<bool>(&one.content);
    if (!flag) return problem(one, "true or false");
    into_.enabled = *flag;
  } else if (key == "seed") {
    auto const* seed = std::get_if<std::int64_t>(&one.content);
    if (!seed || *seed < 0) return problem(one, "an integer of at least 0");
    into_.seed = static_cast<std::uint64_t>(*seed);
  } else if (key == "relative_tolerance") {
    if (!number || !between(*number, 0, 1)) return problem(one, "a number from 0 to 1");
    into_.within.relative = number;
  } else if (key == "absolute_tolerance") {
    if (!number || !between(*number, 0, std::numeric_limits<double>::max()))
      return problem(one, "a number of at least 0");
    into_.within.absolute = number;
  } else {
    problems_.push_back(one.where + ": unknown key '" + one.name +
                        "'; allowed are enabled, seed, relative_tolerance, absolute_tolerance, [[canary.inputs]], "
                        "[[canary.outputs]] and [canary.arguments]");
  }
}

void canary_reading::take_field(entry const& one, std::string_view field, listed& tensor, bool is_input)
{
  auto const* text = std::get_if<std::string>(&one.content);
  if (field == "name") {
    if (!text || text->empty() || text->size() > 255) return problem(one, "a string of 1 to 255 characters");
    tensor.name = *text;
  } else if (field == "datatype") {
    auto const type = text ? parse_datatype(*text) : std::nullopt;
    if (!type) return problem(one, allowed_datatypes);
    tensor.type = *type;
  } else if (field == "shape") {
    tensor.shape = known_shape(one.content);
    if (!tensor.shape) problem(one, "a list of at most " + std::to_string(max_rank) + " integers of at least 1");
  } else if (field == "data") {
    if (!std::holds_alternative<config::list>(one.content)) return problem(one, "a flat list of values, row by row");
    tensor.data = one;
  } else if (field == "range" && is_input) {
    tensor.range = one;
  } else {
    problems_.push_back(one.where + ": unknown key '" + one.name + "'; allowed are name, datatype, shape" +
                        (is_input ? ", data and range" : " and data"));
  }
}

void canary_reading::take_argument(entry const& one, std::string_view name)
{
  auto value = canary_argument{std::string(name), {}};
  if (auto const* flag = std::get_if<bool>(&one.content))
    value.value = *flag;
  else if (auto const* integer = std::get_if<std::int64_t>(&one.content))
    value.value = *integer;
  else if (auto const* number = std::get_if<double>(&one.content))
    value.value = *number;
  else if (auto const* text = std::get_if<std::string>(&one.content))
    value.value = *text;
  else
    return problem(one, "an integer, a float, true, false or a string");
  if (into_.arguments.size() >= max_table_arguments)
    return problem(one, "at most " + std::to_string(max_table_arguments) + " arguments");
  into_.arguments.push_back(std::move(value));
}

bool canary_reading::check_form(listed const& tensor, std::string_view list, std::vector<tensor_spec> const& declared)
{
  auto const head = tensor.where + ": [[canary." + std::string(list) + "]] ";
  if (list == "outputs" && tensor.name.empty()) return problems_.push_back(head + "has no name"), false;
  if (tensor.type == datatype::unknown || !tensor.shape)
    return problems_.push_back(head + quoted(tensor.name) + " needs a datatype and a shape"), false;
  auto const bytes = byte_count(tensor.type, *tensor.shape);
  if (!bytes || *bytes > largest_canary)
    return problems_.push_back(head + quoted(tensor.name) + " has more than " + std::to_string(largest_canary >> 20) +
                               " MiB"),
           false;
  if (declared.empty() || tensor.name.empty()) return true;
  auto const found =
      std::find_if(declared.begin(), declared.end(), [&](tensor_spec const& each) { return each.name == tensor.name; });
  if (found == declared.end())
    return problems_.push_back(head + "names " + quoted(tensor.name) + ", which is none of [[" + std::string(list) +
                               "]]"),
           false;
  if ((found->type == datatype::unknown || found->type == tensor.type) && agrees(found->shape, *tensor.shape))
    return true;
  problems_.push_back(head + quoted(tensor.name) + " is " + described(tensor.type, *tensor.shape) + ", but [[" +
                      std::string(list) + "]] says " +
                      (found->shape ? described(found->type, *found->shape) : std::string(to_string(found->type))));
  return false;
}

void canary_reading::check_twice(std::vector<listed> const& tensors, std::string_view list)
{
  for (std::size_t i = 0; i < tensors.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!tensors[i].name.empty() && tensors[i].name == tensors[j].name)
        problems_.push_back(tensors[i].where + ": [[canary." + std::string(list) + "]] has the name " +
                            quoted(tensors[i].name) + " twice");
  if (tensors.size() > max_table_tensors)
    problems_.push_back(tensors[max_table_tensors].where + ": more [[canary." + std::string(list) + "]] than " +
                        std::to_string(max_table_tensors));
}

std::vector<std::byte> canary_reading::read_data(listed const& tensor, std::uint64_t elements)
{
  auto bytes = std::vector<std::byte>();
  auto const& items = std::get<config::list>(tensor.data->content);
  if (items.size() != elements) {
    problem(*tensor.data, std::to_string(elements) + " values, as its shape asks for");
    return {};
  }
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!append_item(bytes, tensor.type, items[i])) {
      auto const item = std::visit([](auto const& value) { return config::shown(config::node(value)); }, items[i]);
      problems_.push_back(tensor.data->where + ": '" + tensor.data->name + "' has " + item + " at place " +
                          std::to_string(i) + "; allowed is a value of " + std::string(to_string(tensor.type)));
      return {};
    }
  return bytes;
}

std::optional<std::pair<double, double>> canary_reading::read_range(listed const& tensor)
{
  auto const* ends = std::get_if<config::list>(&tensor.range->content);
  auto const low = ends && ends->size() == 2 ? to_number(ends->front()) : std::nullopt;
  auto const high = ends && ends->size() == 2 ? to_number(ends->back()) : std::nullopt;
  auto stored = std::vector<std::byte>();
  // Both ends must be values of the type; so is then all between them.
  auto const fits = low && high && std::isfinite(*high - *low) && *low <= *high &&
                    append_value(stored, tensor.type, *low) && append_value(stored, tensor.type, *high);
  if (fits && !tensor.data) return std::pair(*low, *high);
  problem(*tensor.range,
          tensor.data ? "nothing beside data" : "[low, high], two values of " + std::string(to_string(tensor.type)));
  return std::nullopt;
}

std::optional<canary_spec> canary_reading::finish(std::vector<tensor_spec> const& inputs,
                                                  std::vector<tensor_spec> const& outputs,
                                                  std::vector<std::string>& problems)
{
  check_twice(inputs_, "inputs");
  check_twice(outputs_, "outputs");
  for (auto const& each : inputs_) {
    if (!check_form(each, "inputs", inputs)) continue;
    auto input = canary_input{each.name, each.type, *each.shape, {}, {}};
    if (each.data) input.data = read_data(each, element_count(*each.shape).value_or(0));
    if (each.range) input.range = read_range(each);
    into_.inputs.push_back(std::move(input));
  }
  for (auto const& each : outputs_) {
    if (!check_form(each, "outputs", outputs)) continue;
    if (!each.data)
      problems_.push_back(each.where + ": [[canary.outputs]] " + quoted(each.name) + " has no data");
    else
      into_.outputs.push_back(
          {each.name, each.type, *each.shape, read_data(each, element_count(*each.shape).value_or(0))});
  }
  if (!outputs_.empty() && inputs_.empty())
    problems_.push_back(outputs_.front().where + ": [[canary.outputs]] without [[canary.inputs]]");
  problems.insert(problems.end(), problems_.begin(), problems_.end());
  if (where_.empty() || !problems_.empty()) return std::nullopt;
  return std::move(into_);
}

} // namespace pilotlight::health
