// What does a model zygote do? Loads one model, forks its instances, warms itself when nobody asks. Blocks for ever.
#pragma once
#include "shared/messages.hpp"
#include "shared/unique_fd.hpp"
#include "worker/family.hpp"

namespace pilotlight::worker {

/// In the forked child. Never returns: leaves with _exit(0) when the proxy closes `control`, with _exit(1) after a
/// `failed` packet, or as one of its own children.
[[noreturn]] void run_model_zygote(fork_model const& given, unique_fd control, family& tree);

} // namespace pilotlight::worker
