// What does the file of a golden answer hold? Pure.
//
//   "PLGOLD1\n" | FNV-1a of the rest, 8 bytes | canary, 8 | repeatable, 1 | count, 4 | tensors
//   tensor: name length, 2 | name | type, 1 | rank, 1 | rank x extent, 8 | bytes, as many as type and shape ask for
//
// Numbers are little-endian.
#pragma once
#include "proxy/health/answer_book.hpp"

#include <string>
#include <string_view>

namespace pilotlight::health {

/// The file's text. Names are at most 65,535 bytes long.
std::string encode_golden(golden_answer const& answer);
/// And back: every count, length and value is checked. Failure: what is wrong with it, fault::bad_request.
result<golden_answer> decode_golden(std::string_view text);

} // namespace pilotlight::health
