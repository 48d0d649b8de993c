// What does LibTorch's error say, without the traceback around it? Pure.
#pragma once
#include "shared/failure.hpp"

#include <string>
#include <string_view>

namespace pilotlight::worker {

/// The first line with a meaning, at most 500 characters: "RuntimeError: mat1 and mat2 shapes cannot be multiplied".
/// Knows the interpreter's "Traceback of TorchScript ..." frames, C++ backtraces and "[enforce fail at ...]" heads.
std::string first_meaningful_line(std::string_view text);

/// Whose fault was a failed forward()? The model's or the machine's when the text says so (memory, internal
/// assertions, devices), else the request's: kernels refuse shapes and types with plain runtime errors.
fault blame(std::string_view text);

} // namespace pilotlight::worker
