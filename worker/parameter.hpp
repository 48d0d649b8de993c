// What does forward() take? One entry an argument, in order, as it is served: with its name on the wire.
#pragma once
#include "shared/failure.hpp"
#include "shared/messages.hpp"
#include "shared/tensor_table.hpp"

#include <ATen/core/ivalue.h>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pilotlight::worker {

enum class parameter_kind
{
  tensor,
  integer,
  real,
  number, ///< int or float
  boolean,
  string,
  unsupported
};

struct parameter
{
  std::string name;  ///< on the wire
  std::string alias; ///< also accepted: "INPUT__<i>" of the i-th tensor
  parameter_kind kind = parameter_kind::tensor;
  std::string type;                         ///< as TorchScript spells it, for sentences
  std::optional<c10::IValue> default_value; ///< None for an Optional without a default
  std::optional<c10::IValue> fixed;         ///< by model.toml
  bool written = false;                     ///< forward() changes it in place
};

/// "x (tensor), sr (int)"
std::string describe(std::span<parameter const> parameters);
std::string_view to_string(parameter_kind kind);

/// Puts the names and constants of model.toml into `parameters` (which have forward()'s own names) and sets the
/// aliases. Names are matched as names when all of them are forward()'s own, else by position among the tensors.
/// Failure: more names than tensors, an unknown or ill-typed constant, an argument that nobody can ever give.
result<void> apply(fork_model const& order, std::vector<parameter>& parameters);

/// A request's argument as the value for that parameter; nothing when the kinds do not fit. An int fits a float;
/// a float fits an int when it is whole.
std::optional<c10::IValue> to_value(argument_entry const& argument, parameter_kind kind);

/// A constant of model.toml likewise.
std::optional<c10::IValue> to_value(constant_argument const& constant, parameter_kind kind);

} // namespace pilotlight::worker
