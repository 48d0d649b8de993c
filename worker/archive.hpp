// What is inside a model file? Both formats are zip archives. Reads the file.
#pragma once
#include "shared/failure.hpp"

#include <string>

namespace pilotlight::worker {

/// Why that file is no TorchScript archive ("not a zip archive", "an AOTInductor package"), or "" when it looks like
/// one.
std::string why_not_torchscript(std::string const& path);

/// Why that file is no AOTInductor package, or "".
std::string why_not_aotinductor(std::string const& path);

/// Unpacks an archive into the folder `target`, which appears whole or not at all: the work is done in
/// "<target>.tmp-<pid>" and renamed; such folders of dead processes are removed first. A `target` that exists is
/// left alone and counts as success. Failure: what is wrong with the file, or the disk's answer.
result<void> unpack(std::string const& path, std::string const& target);

} // namespace pilotlight::worker
