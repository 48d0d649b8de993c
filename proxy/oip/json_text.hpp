// How does text become JSON? Escaping, into a string that grows. Pure.
#pragma once
#include <string>
#include <string_view>

namespace pilotlight::oip {

/// Appends the quoted, escaped text. Bytes that are no UTF-8 come out as U+FFFD, so that the result always is JSON.
void append_quoted(std::string& json, std::string_view text);

} // namespace pilotlight::oip
