// How is a TorchScript archive loaded, described and run? Reads the file; LibTorch's global executor settings.
#pragma once
#include "shared/signature.hpp"
#include "worker/model.hpp"

#include <memory>

namespace pilotlight::worker {

/// Loads, freezes where that helps, remembers the state of a fresh load where forward() changes it.
/// May throw what LibTorch throws; failures are those that have a better sentence.
result<std::unique_ptr<model>> load_torchscript(fork_model const& order);

/// The signature of that file, without key. Throws and fails likewise.
result<signature> describe_torchscript(std::string const& path);

} // namespace pilotlight::worker
