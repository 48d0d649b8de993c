// Which tensors did forward() give back, and what are they called? Pure.
#pragma once
#include "shared/datatype.hpp"
#include "shared/failure.hpp"

#include <ATen/core/ivalue.h>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::worker {

/// One output, not copied yet: it may be strided, on another device, or an alias of an input.
struct output
{
  std::string_view name; ///< views the value it came from, or output_names
  datatype type;
  at::Tensor tensor;
};

/// The names of outputs that have none of their own: model.toml's, then OUTPUT__0, OUTPUT__1 by position.
class output_names
{
public:
  explicit output_names(std::vector<std::string> given) : names_(given.begin(), given.end()), given_(given.size()) {}
  /// How many model.toml has named.
  std::size_t given() const { return given_; }
  /// Stays valid as long as this object.
  std::string_view at(std::size_t position);

private:
  std::deque<std::string> names_;
  std::size_t given_;
};

/// Takes a tensor, number, tuple (its fields are names, if it has any), list or dict (its keys are names) apart, one
/// level of nesting included; None is skipped; complex tensors become real ones with a last dimension of 2. `value`
/// must outlive `outputs`. Failure fault::internal: a value that the protocol cannot carry.
result<void> flatten(c10::IValue const& value, output_names& names, std::vector<output>& outputs);

} // namespace pilotlight::worker
