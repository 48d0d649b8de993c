// How is an unpacked AOTInductor package loaded and run? dlopens the package's library.
#pragma once
#include "worker/model.hpp"

#include <memory>

namespace pilotlight::worker {

/// `order.path` is the folder that `unpack` made: nothing is unpacked again, so nothing can leak. The weights are
/// copied to the heap once, here; instances share them copy-on-write. Needs names in `order.inputs`: the package knows
/// none. Compiled code trusts the shapes and types it is given (its own checks refuse more than it cannot do, e.g. a
/// batch of 1): whoever orders the load must have checked requests against model.toml. May throw what LibTorch throws.
result<std::unique_ptr<model>> load_aotinductor(fork_model const& order);

} // namespace pilotlight::worker
