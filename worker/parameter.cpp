#include "worker/parameter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pilotlight::worker {
namespace {

std::optional<c10::IValue> from_integer(std::int64_t value, parameter_kind kind)
{
  if (kind == parameter_kind::integer || kind == parameter_kind::number) return c10::IValue(value);
  if (kind == parameter_kind::real) return c10::IValue(static_cast<double>(value));
  return std::nullopt;
}

std::optional<c10::IValue> from_real(double value, parameter_kind kind)
{
  if (kind == parameter_kind::real || kind == parameter_kind::number) return c10::IValue(value);
  if (kind == parameter_kind::integer && std::trunc(value) == value && std::abs(value) < 9.0e15)
    return c10::IValue(static_cast<std::int64_t>(value));
  return std::nullopt;
}

std::optional<c10::IValue> from_boolean(bool value, parameter_kind kind)
{
  if (kind == parameter_kind::boolean) return c10::IValue(value);
  return std::nullopt;
}

std::optional<c10::IValue> from_string(std::string_view value, parameter_kind kind)
{
  if (kind == parameter_kind::string) return c10::IValue(std::string(value));
  return std::nullopt;
}

template <class Number>
std::optional<Number> parse(std::string const& text)
{
  auto value = Number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<parameter*> tensors_of(std::vector<parameter>& parameters)
{
  auto tensors = std::vector<parameter*>();
  for (auto& each : parameters)
    if (each.kind == parameter_kind::tensor) tensors.push_back(&each);
  return tensors;
}

result<void> name_tensors(std::vector<std::string> const& names, std::vector<parameter>& parameters)
{
  auto const tensors = tensors_of(parameters);
  if (names.size() > tensors.size())
    return failure{fault::internal, "model.toml names " + std::to_string(names.size()) + " inputs, forward() takes " +
                                        std::to_string(tensors.size()) + " tensors: " + describe(parameters)};
  auto const is_own = [&](std::string const& name) {
    return std::any_of(tensors.begin(), tensors.end(), [&](auto const* each) { return each->name == name; });
  };
  if (std::all_of(names.begin(), names.end(), is_own)) return {};
  for (std::size_t i = 0; i < names.size(); ++i)
    tensors[i]->name = names[i];
  return {};
}

} // namespace

std::string_view to_string(parameter_kind kind)
{
  switch (kind) {
  case parameter_kind::tensor: return "tensor";
  case parameter_kind::integer: return "int";
  case parameter_kind::real: return "float";
  case parameter_kind::number: return "float";
  case parameter_kind::boolean: return "bool";
  case parameter_kind::string: return "string";
  case parameter_kind::unsupported: break;
  }
  return "unsupported";
}

std::string describe(std::span<parameter const> parameters)
{
  auto text = std::string();
  for (auto const& each : parameters) {
    if (each.kind == parameter_kind::unsupported) continue;
    text += text.empty() ? "" : ", ";
    text += each.name + " (" + std::string(to_string(each.kind));
    text += each.fixed ? ", fixed)" : each.default_value ? ", optional)" : ")";
  }
  return text.empty() ? "nothing" : text;
}

result<void> apply(fork_model const& order, std::vector<parameter>& parameters)
{
  if (auto const named = name_tensors(order.inputs, parameters); !named) return named;
  auto const tensors = tensors_of(parameters);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    tensors[i]->alias = "INPUT__" + std::to_string(i);
  for (auto const& constant : order.constants) {
    auto const found = std::find_if(parameters.begin(), parameters.end(), [&](auto const& each) {
      return each.name == constant.name && each.kind != parameter_kind::tensor;
    });
    if (found == parameters.end())
      return failure{fault::internal, "model.toml [arguments] " + constant.name +
                                          ": forward() has no such argument that is no tensor; it takes " +
                                          describe(parameters)};
    found->fixed = to_value(constant, found->kind);
    if (!found->fixed)
      return failure{fault::internal, "model.toml [arguments] " + constant.name + ": forward() wants " + found->type};
  }
  for (auto const& each : parameters)
    if (each.kind == parameter_kind::unsupported && !each.default_value)
      return failure{fault::internal, "forward() takes '" + each.name + "' of type " + each.type +
                                          ", which no request can carry: only tensors, int, float, bool and str"};
  return {};
}

std::optional<c10::IValue> to_value(argument_entry const& argument, parameter_kind kind)
{
  switch (argument.kind) {
  case argument_kind::integer: return from_integer(argument.integer, kind);
  case argument_kind::real: return from_real(argument.real, kind);
  case argument_kind::boolean: return from_boolean(argument.integer != 0, kind);
  case argument_kind::string: return from_string(argument.string, kind);
  }
  return std::nullopt;
}

std::optional<c10::IValue> to_value(constant_argument const& constant, parameter_kind kind)
{
  if (constant.kind == "int") {
    auto const value = parse<std::int64_t>(constant.value);
    return value ? from_integer(*value, kind) : std::nullopt;
  }
  if (constant.kind == "float") {
    auto const value = parse<double>(constant.value);
    return value ? from_real(*value, kind) : std::nullopt;
  }
  if (constant.kind == "bool") return from_boolean(constant.value == "true" || constant.value == "1", kind);
  return from_string(constant.value, kind);
}

} // namespace pilotlight::worker
