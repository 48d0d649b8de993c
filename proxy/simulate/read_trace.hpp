// What does this file say came when? Reads a trace line by line; holds only what it counts.
#pragma once
#include "proxy/simulate/trace.hpp"
#include "shared/failure.hpp"

#include <iosfwd>
#include <string>

namespace pilotlight::simulate {

/// The formats of trace_header.hpp. Lines may come in any order; intervals without a line count nothing. The length of
/// an interval is the least distance of two starts of one model, where the header does not tell it.
/// Failure: one sentence "FILE:LINE: what is wrong; what is expected", or the file cannot be read.
result<trace> read_trace(std::string const& file);

/// The same from any stream. `name` stands for the file in sentences, and its stem for the model where no column names
/// one.
result<trace> read_trace(std::istream& from, std::string const& name);

} // namespace pilotlight::simulate
