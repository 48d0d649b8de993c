// What does an instance do? Takes the memory the proxy hands it and serves its model until the proxy is gone. Blocks.
#pragma once
#include "shared/messages.hpp"
#include "shared/unique_fd.hpp"
#include "worker/family.hpp"
#include "worker/model.hpp"

namespace pilotlight::worker {

/// In the forked child, under c10::InferenceMode. Never returns: _exit(0) when the proxy is gone, _exit(1) after
/// `failed`.
[[noreturn]] void run_instance(fork_model const& served_as, fork_instance const& order, unique_fd control, family& tree,
                               model& served);

} // namespace pilotlight::worker
