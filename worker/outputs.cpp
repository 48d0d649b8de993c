#include "worker/outputs.hpp"

#include "shared/tensor_table.hpp"
#include "worker/torch_types.hpp"

#include <optional>

#include <ATen/core/function_schema.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/view_as_real.h>

namespace pilotlight::worker {
namespace {

class flattening
{
public:
  flattening(output_names& names, std::vector<output>& outputs) : names_(names), outputs_(outputs) {}

  result<void> add(c10::IValue const& value, int depth, std::optional<std::string_view> name = {})
  {
    if (value.isTensor()) return add_tensor(value.toTensor(), name);
    if (value.isNone()) return {};
    if (value.isInt() || value.isDouble() || value.isBool())
      return add_tensor(at::scalar_tensor(value.toScalar(), scalar_options(value)), name);
    if (depth > 1) return unsupported(value, name);
    if (value.isTuple()) return add_tuple(value.toTupleRef(), depth, name);
    if (value.isTensorList()) return add_all(value.toTensorVector(), depth, name);
    if (value.isList()) return add_all(value.toListRef(), depth, name);
    if (value.isGenericDict()) return add_dict(value, depth);
    return unsupported(value, name);
  }

private:
  static at::TensorOptions scalar_options(c10::IValue const& value)
  {
    return at::TensorOptions(value.isInt() ? at::kLong : value.isBool() ? at::kBool : at::kDouble);
  }

  template <class Range>
  result<void> add_all(Range const& range, int depth, std::optional<std::string_view> name)
  {
    for (auto const& each : range)
      if (auto added = add(each, depth + 1, range.size() == 1 ? name : std::nullopt); !added) return added;
    return {};
  }

  /// The fields of a NamedTuple are names, unless model.toml has given some.
  result<void> add_tuple(c10::ivalue::Tuple const& tuple, int depth, std::optional<std::string_view> name)
  {
    auto const type = names_.given() == 0 ? tuple.type() : nullptr;
    if (!type || !type->schema()) return add_all(tuple.elements(), depth, name);
    for (std::size_t i = 0; i < tuple.elements().size(); ++i)
      if (auto added = add(tuple.elements()[i], depth + 1, type->schema()->arguments()[i].name()); !added) return added;
    return {};
  }

  result<void> add_dict(c10::IValue const& value, int depth)
  {
    for (auto const& entry : value.toGenericDict()) {
      if (!entry.key().isString()) return unsupported(value, {});
      if (auto added = add(entry.value(), depth + 1, entry.key().toStringView()); !added) return added;
    }
    return {};
  }

  result<void> add_tensor(at::Tensor tensor, std::optional<std::string_view> name)
  {
    if (!tensor.defined()) return {};
    auto const called = name ? *name : names_.at(outputs_.size());
    auto const quoted = "output '" + std::string(called) + "'";
    if (tensor.layout() != at::kStrided || tensor.is_quantized())
      return failure{fault::internal, quoted + " is sparse or quantized, which the protocol cannot carry"};
    if (tensor.is_complex()) tensor = at::view_as_real(tensor.resolve_conj());
    auto const type = to_datatype(tensor.scalar_type());
    if (type == datatype::unknown)
      return failure{fault::internal, quoted + " is of type " + std::string(c10::toString(tensor.scalar_type())) +
                                          ", allowed are " + std::string(allowed_datatypes)};
    if (static_cast<std::size_t>(tensor.dim()) > max_rank)
      return failure{fault::internal,
                     quoted + " has " + std::to_string(tensor.dim()) + " dimensions, at most 8 are allowed"};
    if (outputs_.size() == max_table_tensors)
      return failure{fault::internal, "forward() gives more than " + std::to_string(max_table_tensors) + " outputs"};
    outputs_.push_back({called, type, std::move(tensor)});
    return {};
  }

  result<void> unsupported(c10::IValue const& value, std::optional<std::string_view> name)
  {
    auto const called = name ? *name : names_.at(outputs_.size());
    return failure{fault::internal,
                   "output '" + std::string(called) + "' is of type " + value.type()->annotation_str() +
                       ": allowed are tensors and numbers, in tuples, lists and dicts of at most two levels"};
  }

  output_names& names_;
  std::vector<output>& outputs_;
};

} // namespace

std::string_view output_names::at(std::size_t position)
{
  while (names_.size() <= position)
    names_.push_back("OUTPUT__" + std::to_string(names_.size()));
  return names_[position];
}

result<void> flatten(c10::IValue const& value, output_names& names, std::vector<output>& outputs)
{
  outputs.clear();
  return flattening(names, outputs).add(value, 0);
}

} // namespace pilotlight::worker
