// How are the texts of /proc, /sys and cgroups read? Words, numbers, lines. Pure but for read_text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::collect {

/// Cuts the first word off, and the blanks before it. Empty: there is none.
std::string_view take_word(std::string_view& text);
/// Cuts the first line off, without its end.
std::string_view take_line(std::string_view& text);
/// The whole of `text`, blanks around it aside, as a number of digits.
std::optional<std::uint64_t> parse_count(std::string_view text);
std::optional<double> parse_decimal(std::string_view text);
/// The number behind `name` on the line that begins with it: "anon 5" of memory.stat.
std::optional<std::uint64_t> parse_named(std::string_view text, std::string_view name);
/// The same of a line such as "MemTotal:  1234 kB", in bytes.
std::optional<std::uint64_t> parse_kilobytes(std::string_view text, std::string_view name);

/// A whole file; empty when it is not there or cannot be read. Blocks as long as the kernel needs to make it.
std::string read_text(std::string const& path);

} // namespace pilotlight::collect
