#include "proxy/repository/fits_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace pilotlight {
namespace {

bool is_unsupported(argument_description const& one)
{
  return one.kind.starts_with("unsupported");
}

std::string list_of(signature const& described)
{
  auto text = std::string();
  for (auto const& each : described.arguments)
    if (!is_unsupported(each)) text += (text.empty() ? "" : ", ") + each.name + " (" + each.kind + ")";
  return text.empty() ? "nothing" : text;
}

bool is_whole(std::string const& number)
{
  auto value = 0.0;
  auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() && end == number.data() + number.size() && std::trunc(value) == value &&
         std::abs(value) < 9.0e15;
}

/// As the worker converts them.
bool takes(argument_description const& wanted, constant_argument const& given)
{
  if (given.kind == wanted.kind) return true;
  if (given.kind == "int") return wanted.kind == "float";
  return given.kind == "float" && wanted.kind == "int" && is_whole(given.value);
}

} // namespace

std::string misfit_of(model_spec const& spec, signature const& described)
{
  if (spec.format != model_format::torchscript || described.key.empty() || !described.error.empty()) return {};
  auto const file = (std::filesystem::path(spec.path).parent_path().parent_path() / "model.toml").string();
  auto const is_tensor = [](argument_description const& one) { return one.kind == "tensor"; };
  auto const tensors = static_cast<std::size_t>(std::ranges::count_if(described.arguments, is_tensor));
  if (spec.toml.inputs.size() > tensors)
    return file + ": 'inputs' names " + std::to_string(spec.toml.inputs.size()) + " tensors; forward() takes " +
           std::to_string(tensors) + ": " + list_of(described);
  for (auto const& given : spec.toml.constants) {
    auto const wanted = std::ranges::find_if(described.arguments, [&](argument_description const& one) {
      return one.name == given.name && !is_tensor(one) && !is_unsupported(one);
    });
    auto const key = file + ": 'arguments." + given.name + "'";
    if (wanted == described.arguments.end())
      return key + ": forward() has no such argument that is no tensor; it takes " + list_of(described);
    if (!takes(*wanted, given)) return key + " is of type " + given.kind + "; forward() wants " + wanted->kind;
  }
  return {};
}

} // namespace pilotlight
