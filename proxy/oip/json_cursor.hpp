// How does a JSON value become a C++ value, or the sentence that says what it should have been? simdjson's On-Demand
// values, read once and in order. Pure.
#pragma once
#include "proxy/oip/sentence.hpp"
#include "shared/failure.hpp"

#include <cstdint>
#include <simdjson.h>
#include <span>
#include <string>
#include <string_view>

namespace pilotlight::oip {

namespace ondemand = simdjson::ondemand;

/// Longest name (of a tensor, output or argument) and request id, in bytes of UTF-8.
inline constexpr std::size_t max_name_bytes = 1024;

/// Where a member lies, for sentences: "inputs[2].shape", "parameters.timeout", "id". Built only when needed.
struct place
{
  std::string_view list;   ///< "inputs", "parameters" or nothing
  int index = -1;          ///< in the list; -1: it is no list
  std::string_view member; ///< nothing: the element itself
  std::string_view inner;  ///< member of the member, or nothing
  std::string text() const;
};

/// "the body is not valid JSON: ...".
failure malformed(simdjson::error_code error);
/// What stands there, for sentences: "a string", "null", "1.5", "NaN, which is no JSON".
std::string found(ondemand::value value);
/// "<place> must be <what>, found ...".
failure wrong_type(place const& where, std::string_view what, ondemand::value value);

/// A string of at most `longest` bytes, unescaped, valid UTF-8. Views the parser's buffer.
result<std::string_view> read_string(ondemand::value value, place const& where, std::size_t longest = max_name_bytes);
result<bool> read_bool(ondemand::value value, place const& where);
/// 0 ... 2^64 - 1.
result<std::uint64_t> read_unsigned(ondemand::value value, place const& where);
result<ondemand::object> read_object(ondemand::value value, place const& where);
result<ondemand::array> read_array(ondemand::value value, place const& where);
/// Reads over a value that means nothing here, checking that it is JSON and at most 16 deep.
result<void> read_over(ondemand::value value, place const& where, int depth = 0);

/// One member of an object: its key, unescaped, and its value.
struct member
{
  std::string_view key;
  ondemand::value value;
};
result<member> read_member(simdjson::simdjson_result<ondemand::field> field);

/// Which of the `allowed` members is it? Refuses one that is not allowed or has been `seen` (a bit each).
result<std::size_t> known_member(std::span<std::string_view const> allowed, std::string_view key, unsigned& seen,
                                 place const& where);

} // namespace pilotlight::oip
