#include "proxy/config/difference.hpp"
#include "proxy/config/check.hpp"

#include <charconv>

namespace pilotlight::config {
namespace {

/// A basic string of TOML.
std::string toml_string(std::string_view text)
{
  constexpr std::string_view digits = "0123456789abcdef";
  auto written = std::string("\"");
  for (unsigned char const c : text) {
    if (c < 0x20 || c == 0x7f) {
      written += "\\u00";
      written += digits[c >> 4U];
      written += digits[c & 15U];
    } else {
      if (c == '"' || c == '\\') written += '\\';
      written += static_cast<char>(c);
    }
  }
  return written + '"';
}

/// Shortest text that is read back the same, and as a float: 2.0, 0.005.
std::string toml_number(double number)
{
  char text[400];
  auto const end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed).ptr;
  auto written = std::string(text, end);
  return written.find('.') == std::string::npos ? written + ".0" : written;
}

std::string toml_bytes(std::int64_t bytes)
{
  auto const size = shown_bytes(static_cast<double>(bytes));
  return size.ends_with(" bytes") ? std::to_string(bytes) : '"' + size + '"';
}

template <class Item, class Write>
std::string toml_list(std::vector<Item> const& items, Write write)
{
  auto written = std::string("[");
  for (auto const& item : items)
    written += (written.size() > 1 ? ", " : "") + write(item);
  return written + "]";
}

struct toml_text
{
  kind type;
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const
  {
    return type == kind::bytes ? toml_bytes(number) : std::to_string(number);
  }
  std::string operator()(double number) const { return toml_number(number); }
  std::string operator()(std::string const& text) const { return toml_string(text); }
  std::string operator()(endpoint const& at) const
  {
    auto const host = at.host.find(':') == std::string::npos ? at.host : "[" + at.host + "]";
    return toml_string(host + ":" + std::to_string(at.port));
  }
  std::string operator()(std::vector<std::string> const& texts) const { return toml_list(texts, toml_string); }
  std::string operator()(std::vector<double> const& numbers) const { return toml_list(numbers, toml_number); }
};

bool is_of(key const& one, table_list const& tables)
{
  return one.name.starts_with(tables.name) && one.name.substr(tables.name.size()).starts_with('.');
}

/// [{name = "north", cidrs = ["10.0.0.0/8"]}]
std::string list_text(table_list const& tables, settings const& from)
{
  auto items = std::vector<std::string>();
  for (std::size_t i = 0; i < tables.size(from); ++i) {
    auto item = std::string();
    for (auto const& one : keys())
      if (is_of(one, tables))
        item += (item.empty() ? "" : ", ") + std::string(one.name.substr(tables.name.size() + 1)) + " = " +
                to_toml(one, one.place.load(from, i));
    items.push_back("{" + item + "}");
  }
  return toml_list(items, [](std::string const& item) { return item; });
}

table_list const* list_of(key const& one)
{
  for (auto const& tables : table_lists())
    if (is_of(one, tables)) return &tables;
  return nullptr;
}

void add(std::vector<change>& changes, std::string_view name, std::string before, std::string after, effect takes)
{
  if (before != after) changes.push_back({std::string(name), std::move(before), std::move(after), takes});
}

} // namespace

std::string to_toml(key const& one, value const& content)
{
  return std::visit(toml_text{one.type}, content);
}

std::vector<change> difference(settings const& before, settings const& after)
{
  auto changes = std::vector<change>();
  table_list const* told = nullptr;
  for (auto const& one : keys()) {
    if (auto const* tables = list_of(one)) {
      if (tables != told && tables->size)
        add(changes, tables->name, list_text(*tables, before), list_text(*tables, after), one.takes);
      told = tables;
    } else if (one.place.load) {
      add(changes, one.name, to_toml(one, one.place.load(before, 0)), to_toml(one, one.place.load(after, 0)),
          one.takes);
    }
  }
  return changes;
}

std::vector<change> difference(model_limits const& before, model_limits const& after)
{
  auto old_settings = settings();
  auto new_settings = settings();
  old_settings.limits = before;
  new_settings.limits = after;
  return difference(old_settings, new_settings);
}

std::string sentence(change const& one)
{
  return one.name + ": " + one.before + " -> " + one.after + ", " +
         (one.takes == effect::now ? "takes effect now" : "needs a restart");
}

settings without_restart(settings wanted, settings const& running)
{
  for (auto const& one : keys())
    if (one.takes == effect::restart && one.place.store) one.place.store(wanted, one.place.load(running, 0), 0);
  return wanted;
}

} // namespace pilotlight::config
