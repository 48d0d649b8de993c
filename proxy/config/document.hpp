// What does a TOML text say? Each table and each value with its dotted name and its line. Pure; the one place that sees
// the TOML library.
#pragma once
#include "shared/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pilotlight::config {

/// Stands for a table itself, before its members.
struct table_head
{
};

/// Something no key of ours takes: a date, a list of mixed things.
struct unusual
{
  std::string_view what;
};

using scalar = std::variant<bool, std::int64_t, double, std::string>;
using list = std::vector<scalar>;
using node = std::variant<table_head, bool, std::int64_t, double, std::string, list, unusual>;

struct entry
{
  std::string name;               ///< "listen.http"; parts that are no bare TOML keys are quoted
  std::vector<std::size_t> index; ///< place in each [[list of tables]] on the way, outermost first
  std::string where;              ///< "pilotlight.toml:12"
  std::size_t line = 0;
  node content;
};

/// Parses `text`; `source` names it in places. Entries come in the order of their lines.
/// Failure: "SOURCE:LINE:COLUMN: what is wrong", fault::bad_request.
result<std::vector<entry>> parse_document(std::string_view text, std::string_view source);

/// "key=value" as given to --set: the value is TOML where it can be read so, else a bare string. Places say "--set".
/// Failure: the text is not of that form.
result<std::vector<entry>> parse_override(std::string_view text);

/// A value as a sentence shows it: strings quoted, long ones cut, control characters escaped.
std::string shown(node const& content);
std::string quoted(std::string_view text);

} // namespace pilotlight::config
