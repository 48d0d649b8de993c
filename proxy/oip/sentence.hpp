// How does a refusal read? Small pieces of the sentences that the protocol's parsers answer with. Pure.
#pragma once
#include "shared/datatype.hpp"
#include "shared/failure.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight::oip {

/// The caller's mistake.
inline failure refuse(std::string sentence)
{
  return {fault::bad_request, std::move(sentence)};
}

/// 'name', cut (at a character's border) when it is long: a sentence stays a sentence.
std::string quoted(std::string_view name);

/// "[-1,4]".
std::string to_text(std::span<std::int64_t const> shape);

} // namespace pilotlight::oip
