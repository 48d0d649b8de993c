// What do these model files say of themselves? Reads lines, writes lines; one process for all files, one child a file.
#pragma once

namespace pilotlight::worker {

/// stdin: {"key", "path", "format"} a line. stdout: a `signature` as JSON a line, each as soon as it is known.
/// Each file is read in a child of its own: one that crashes LibTorch gets an error line, the others their own.
/// Returns the exit code.
int describe();

} // namespace pilotlight::worker
