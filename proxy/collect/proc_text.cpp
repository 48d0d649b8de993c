#include "proxy/collect/proc_text.hpp"

#include "shared/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace pilotlight::collect {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
  auto const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text)
{
  text = trimmed(text);
  auto number = Number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

} // namespace

std::string_view take_word(std::string_view& text)
{
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  auto const word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

std::string_view take_line(std::string_view& text)
{
  auto const line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::optional<std::uint64_t> parse_count(std::string_view text)
{
  return parse_whole<std::uint64_t>(text);
}

std::optional<double> parse_decimal(std::string_view text)
{
  return parse_whole<double>(text);
}

std::optional<std::uint64_t> parse_named(std::string_view text, std::string_view name)
{
  while (!text.empty()) {
    auto line = take_line(text);
    if (take_word(line) == name) return parse_count(take_word(line));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_kilobytes(std::string_view text, std::string_view name)
{
  auto const number = parse_named(text, name);
  return number ? std::optional(*number * 1024) : std::nullopt;
}

std::string read_text(std::string const& path)
{
  auto const file = unique_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  auto text = std::string();
  if (file.get() < 0) return text;
  auto piece = std::array<char, 4096>();
  for (;;) {
    auto const got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? std::string() : text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

} // namespace pilotlight::collect
