// What does a model file say of itself: arguments of forward(), what it writes? Plain data, made by
// `pilotlight-worker --describe`, cached by the proxy, so that metadata can be asked for at zero.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>

namespace pilotlight {

struct argument_description
{
  std::string name;
  std::string kind; ///< "tensor", "int", "float", "bool", "string", or "unsupported: <TorchScript type>"
  bool has_default = false;
};
BOOST_DESCRIBE_STRUCT(argument_description, (), (name, kind, has_default))

/// One model file as described. `error` is empty, or why the file cannot be loaded (one sentence).
struct signature
{
  std::string key; ///< "minilm:1"
  std::string error;
  std::vector<argument_description> arguments; ///< in order; none for a .pt2
  std::vector<std::string> outputs;            ///< names where known (dict keys are not), else empty
  bool writes_inputs = false;
  std::vector<std::string> state; ///< attributes that forward() writes, dotted; empty: stateless
};
BOOST_DESCRIBE_STRUCT(signature, (), (key, error, arguments, outputs, writes_inputs, state))

} // namespace pilotlight
