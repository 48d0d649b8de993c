// Is this still the model file that was described? Looks at the file system, reads no file.
#pragma once
#include "shared/failure.hpp"

#include <filesystem>
#include <string>

namespace pilotlight {

/// 32 hex digits made of the file's absolute path, size, inode, and the nanoseconds of its last change of content and
/// of status. Not a digest of the content: at start-up, 100 models of 91 MB would cost half a minute of reading. A file
/// that is replaced or rewritten gets another one, also where a copy kept the time (its inode or status time differs);
/// a file that is only moved does too, which costs one more description. Failure: the file is missing or unreadable.
result<std::string> checksum(std::filesystem::path const& file);

} // namespace pilotlight
