#include "worker/binding.hpp"

#include "worker/torch_types.hpp"

#include <ATen/ops/from_blob.h>
#include <algorithm>

namespace pilotlight::worker {
namespace {

bool names(parameter const& wanted, std::string_view name)
{
  return name == wanted.name || (!wanted.alias.empty() && name == wanted.alias);
}

/// Index of the entry of that name, looked for at `guess` first; the table's size when there is none.
template <class Entries>
std::size_t find(Entries const& entries, parameter const& wanted, std::size_t guess)
{
  if (guess < entries.size() && names(wanted, entries[guess].name)) return guess;
  auto const found =
      std::find_if(entries.begin(), entries.end(), [&](auto const& entry) { return names(wanted, entry.name); });
  return static_cast<std::size_t>(found - entries.begin());
}

failure refusal(std::string sentence)
{
  return {fault::bad_request, std::move(sentence)};
}

std::string in_quotes(std::string_view name)
{
  return "'" + std::string(name) + "'";
}

} // namespace

binding::binding(model const& served, bool copy_all, std::optional<c10::Device> device)
    : model_(served), copy_all_(copy_all), device_(device)
{
}

result<void> binding::operator()(tensor_table const& table, std::span<std::byte const> arena,
                                 std::vector<c10::IValue>& stack) const
{
  model_.begin(stack);
  auto next = std::size_t{0};
  auto used = std::size_t{0};
  for (auto const& wanted : model_.parameters()) {
    auto const pushed = wanted.kind == parameter_kind::tensor ? push_tensor(wanted, table, arena, next, used, stack)
                                                              : push_scalar(wanted, table, used, stack);
    if (!pushed) return pushed;
  }
  if (used != table.tensors.size() + table.arguments.size()) return explain_surplus(table);
  return {};
}

result<void> binding::push_tensor(parameter const& wanted, tensor_table const& table, std::span<std::byte const> arena,
                                  std::size_t& next, std::size_t& used, std::vector<c10::IValue>& stack) const
{
  auto const at = find(table.tensors, wanted, next);
  if (at < table.tensors.size()) {
    next = at + 1;
    ++used;
    stack.emplace_back(tensor_of(table.tensors[at], arena, wanted.written));
    return {};
  }
  if (!wanted.default_value) return missing(wanted);
  stack.emplace_back(*wanted.default_value);
  return {};
}

result<void> binding::push_scalar(parameter const& wanted, tensor_table const& table, std::size_t& used,
                                  std::vector<c10::IValue>& stack) const
{
  auto const at = table.arguments.empty() ? 0 : find(table.arguments, wanted, 0);
  if (at < table.arguments.size()) {
    auto value = to_value(table.arguments[at], wanted.kind);
    if (!value) return refusal("argument " + in_quotes(wanted.name) + ": forward() wants " + wanted.type + " there");
    if (wanted.fixed && *value != *wanted.fixed)
      return refusal("argument " + in_quotes(wanted.name) +
                     " is fixed by model.toml and cannot be changed by a request");
    ++used;
    stack.push_back(std::move(*value));
    return {};
  }
  if (!wanted.fixed && !wanted.default_value) return missing(wanted);
  stack.emplace_back(wanted.fixed ? *wanted.fixed : *wanted.default_value);
  return {};
}

at::Tensor binding::tensor_of(tensor_entry const& entry, std::span<std::byte const> arena, bool copy) const
{
  // The arena is mapped read-only: a kernel that wrote to an input after all would end this process, not the request's
  // data.
  auto* data = const_cast<std::byte*>(arena.data() + entry.offset);
  auto const aligned = reinterpret_cast<std::uintptr_t>(data) % tensor_alignment == 0;
  auto tensor = at::for_blob(data, at::IntArrayRef(entry.shape.data(), entry.shape.size()))
                    .options(at::TensorOptions(to_scalar_type(entry.type)))
                    .make_tensor();
  if (device_) return tensor.to(*device_);
  return copy || copy_all_ || !aligned ? tensor.clone() : tensor;
}

failure binding::explain_surplus(tensor_table const& table) const
{
  auto const parameters = model_.parameters();
  auto const takes = "; forward() takes " + describe(parameters);
  auto const check = [&](auto const& entries, std::string_view what) -> std::string {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      auto const wanted = std::find_if(parameters.begin(), parameters.end(),
                                       [&](auto const& each) { return names(each, entries[i].name); });
      auto const name = in_quotes(entries[i].name);
      if (wanted == parameters.end()) return "unknown " + std::string(what) + " " + name + takes;
      auto const is_tensor = what == "input";
      if (is_tensor != (wanted->kind == parameter_kind::tensor))
        return std::string(what) + " " + name + " is of the wrong kind: give it as " +
               (is_tensor ? "a request parameter" : "an input tensor") + takes;
      for (std::size_t k = 0; k < i; ++k)
        if (names(*wanted, entries[k].name)) return std::string(what) + " " + name + " is given twice";
    }
    return {};
  };
  auto sentence = check(table.tensors, "input");
  if (sentence.empty()) sentence = check(table.arguments, "argument");
  return refusal(sentence.empty() ? "too many arguments" + takes : sentence);
}

failure binding::missing(parameter const& wanted) const
{
  auto const what = wanted.kind == parameter_kind::tensor ? "input " : "argument ";
  return refusal("missing " + std::string(what) + in_quotes(wanted.name) + "; forward() takes " +
                 describe(model_.parameters()));
}

} // namespace pilotlight::worker
