// How does a model zygote warm itself? One forward() on zeros a warm-up, before anybody asks. Runs the model.
#pragma once
#include "shared/messages.hpp"
#include "worker/model.hpp"

#include <string>
#include <vector>

namespace pilotlight::worker {

/// Runs one warm-up and puts the state of a fresh load back. "" or why it failed, in one sentence.
std::string warm(model& served, std::vector<warmup_tensor> const& tensors);

} // namespace pilotlight::worker
