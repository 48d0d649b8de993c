// What does forward() write besides its result: which arguments, which attributes? Pure: reads the graph.
#pragma once
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

namespace pilotlight::worker {

struct writes
{
  std::vector<bool> arguments;         ///< in place, one a parameter (without self)
  std::vector<std::string> attributes; ///< dotted, "encoder.hidden"; sorted
};

/// Looks at forward() with everything it calls inlined: prim::SetAttr, and in-place operators on an attribute or on a
/// view of one. Errs towards more: an operator whose effects are unknown counts as a write.
writes writes_of(torch::jit::Module const& module);

} // namespace pilotlight::worker
