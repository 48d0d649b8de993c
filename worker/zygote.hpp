// What does the first zygote do? Brings LibTorch up, forks a model zygote for every fork_model packet. Blocks for ever.
#pragma once
#include "shared/unique_fd.hpp"
#include "worker/family.hpp"

namespace pilotlight::worker {

/// Never returns: leaves with _exit when the proxy closes `control`, or as one of the children.
[[noreturn]] void run_zygote(unique_fd control, process_title& title);

} // namespace pilotlight::worker
