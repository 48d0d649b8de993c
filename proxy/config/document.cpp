#include "proxy/config/document.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <toml++/toml.h>

namespace pilotlight::config {
namespace {

std::string part_name(std::string_view part)
{
  auto const bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!part.empty() && std::all_of(part.begin(), part.end(), bare)) return std::string(part);
  return quoted(part);
}

std::optional<scalar> to_scalar(toml::node const& value)
{
  if (auto const* flag = value.as_boolean()) return scalar(flag->get());
  if (auto const* integer = value.as_integer()) return scalar(std::int64_t{integer->get()});
  if (auto const* number = value.as_floating_point()) return scalar(number->get());
  if (auto const* text = value.as_string()) return scalar(text->get());
  return std::nullopt;
}

node to_leaf(toml::node const& value)
{
  if (auto const simple = to_scalar(value))
    return std::visit([](auto const& content) { return node(content); }, *simple);
  auto const* array = value.as_array();
  if (!array) return unusual{"a date or time"};
  auto items = list();
  for (auto const& item : *array) {
    auto simple = to_scalar(item);
    if (!simple) return unusual{"a list of lists or mixed things"};
    items.push_back(std::move(*simple));
  }
  return items;
}

/// Walks a parsed document; `index` is the place in the lists of tables so far.
class flattening
{
public:
  flattening(std::string_view source, std::vector<entry>& entries) : source_(source), entries_(entries) {}

  void table(toml::table const& members, std::string const& prefix)
  {
    for (auto const& [part, member] : members) {
      auto const name = (prefix.empty() ? "" : prefix + ".") + part_name(part.str());
      auto const line = part.source().begin.line;
      if (auto const* inner = member.as_table()) {
        add(name, line, table_head{});
        table(*inner, name);
      } else if (auto const* array = member.as_array();
                 array && !array->empty() && array->is_homogeneous<toml::table>()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
          index_.push_back(i);
          add(name, array->get(i)->source().begin.line, table_head{});
          table(*array->get(i)->as_table(), name);
          index_.pop_back();
        }
      } else {
        add(name, line, to_leaf(member));
      }
    }
  }

private:
  void add(std::string const& name, std::size_t line, node content)
  {
    entries_.push_back({name, index_, source_ + ":" + std::to_string(line), line, std::move(content)});
  }

  std::string source_;
  std::vector<entry>& entries_;
  std::vector<std::size_t> index_;
};

} // namespace

result<std::vector<entry>> parse_document(std::string_view text, std::string_view source)
{
  auto entries = std::vector<entry>();
  try {
    auto const parsed = toml::parse(text, source);
    flattening(source, entries).table(parsed, "");
  } catch (toml::parse_error const& error) {
    auto const& at = error.source().begin;
    return failure{fault::bad_request, std::string(source) + ":" + std::to_string(at.line) + ":" +
                                           std::to_string(at.column) + ": " + std::string(error.description())};
  }
  std::stable_sort(entries.begin(), entries.end(), [](entry const& a, entry const& b) { return a.line < b.line; });
  return entries;
}

result<std::vector<entry>> parse_override(std::string_view text)
{
  auto const equals = text.find('=');
  auto name = text.substr(0, std::min(equals, text.size()));
  while (name.ends_with(' '))
    name.remove_suffix(1);
  if (equals == std::string_view::npos || name.empty())
    return failure{fault::bad_request, "--set: " + quoted(text) +
                                           " is not of the form key=value, as in "
                                           "--set listen.http=127.0.0.1:9000"};
  auto const raw = text.substr(equals + 1);
  auto entries = std::vector<entry>();
  if (raw.find('\n') == std::string_view::npos)
    if (auto parsed = parse_document("v = " + std::string(raw), "--set")) entries = std::move(*parsed);
  if (entries.empty() || std::holds_alternative<unusual>(entries.front().content))
    entries.assign(1, entry{"v", {}, {}, 0, std::string(raw)});
  for (auto& one : entries) {
    one.name.replace(0, 1, name);
    one.where = "--set";
    one.line = 0;
  }
  return entries;
}

std::string quoted(std::string_view text)
{
  constexpr std::size_t longest = 80;
  constexpr std::string_view digits = "0123456789abcdef";
  auto result = std::string("\"");
  for (unsigned char const c : text.substr(0, longest)) {
    if (c < 0x20 || c == 0x7f) {
      result += "\\x";
      result += digits[c >> 4];
      result += digits[c & 15];
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += static_cast<char>(c);
    }
  }
  return result + (text.size() > longest ? "...\"" : "\"");
}

std::string shown(node const& content)
{
  struct
  {
    std::string operator()(table_head) const { return "a table"; }
    std::string operator()(unusual other) const { return std::string(other.what); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
    std::string operator()(std::string const& text) const { return quoted(text); }
    std::string operator()(list const& items) const
    {
      return items.empty() ? "an empty list" : "a list of " + std::to_string(items.size());
    }
    std::string operator()(double number) const
    {
      char text[32]; // the shortest that is read back the same
      auto written = std::string(text, std::to_chars(text, text + sizeof text, number, std::chars_format::general).ptr);
      return written.find_first_not_of("-0123456789") == std::string::npos ? written + ".0" : written;
    }
  } const show;
  return std::visit(show, content);
}

} // namespace pilotlight::config
