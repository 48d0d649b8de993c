// Goes through the whole table of keys: each refuses what is out of its range, and each has a place of its own.
#include "proxy/config/check.hpp"
#include "proxy/config/difference.hpp"
#include "proxy/config/load.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

std::optional<std::string> no_variable(std::string const&)
{
  return std::nullopt;
}

std::string problem(std::string_view text)
{
  auto const loaded = read_settings(text, "p.toml", {}, no_variable);
  return loaded ? "accepted" : loaded.error().sentence;
}

/// A file of that one key, on line 2.
std::string file_with(key const& one, std::string const& content)
{
  auto const dot = one.name.rfind('.');
  auto const head = std::string(one.name.substr(0, dot));
  return (one.where == reach::repeated ? "[[" + head + "]]" : "[" + head + "]") + "\n" +
         std::string(one.name.substr(dot + 1)) + " = " + content;
}

/// What an item of its list of tables must have beside it.
std::string beside(key const& one)
{
  if (one.name.starts_with("autoscaling.schedules.") && !one.name.ends_with(".when")) return "\nwhen = \"0 8 * * *\"";
  if (one.name == "autoscaling.budget.refuse_over_budget") return "\nworker_hours_per_month = 1";
  if (one.name == "balancing.zones.cidrs") return "\nname = \"north\"";
  if (one.name == "balancing.instance_zones") return "\n[[balancing.zones]]\nname = \"a\"";
  return {};
}

std::string number(double value)
{
  auto text = std::to_string(value);
  return text;
}

/// Values just outside what the key allows, and of other types.
std::vector<std::string> bad_values(key const& one)
{
  auto const& range = one.allowed;
  switch (one.type) {
  case kind::boolean: return {"1", "\"yes\"", "[true]"};
  case kind::integer:
    return {std::to_string(static_cast<std::int64_t>(range.least) - 1),
            std::to_string(static_cast<std::int64_t>(range.most) + 1),
            "1.5",
            "true",
            "\"1\"",
            "[1]"};
  case kind::number:
  case kind::seconds:
    return {number(range.least - 0.0009), number(range.most + 0.5), "nan", "inf", "-inf", "true", "\"1\""};
  case kind::bytes:
    return {std::to_string(static_cast<std::int64_t>(range.least) - 1),
            std::to_string(static_cast<std::int64_t>(range.most) + 1),
            "1.5",
            "\"1 TB\"",
            "\"-1\"",
            "true"};
  case kind::text: return {"1", "true", "[\"a\"]", "\"a\\u0000b\""};
  case kind::texts: return {"\"a\"", "1", "[1]", "[\"a\\u0000b\"]"};
  case kind::numbers:
    return {"1", "[\"1\"]", "[true]", "[" + number(range.least - 0.5) + "]", "[" + number(range.most + 0.5) + "]"};
  case kind::address: return {"8080", "\"8080\"", "\"a:65536\"", "\"::1:80\"", "[\"a:1\"]"};
  case kind::choice: return {"\"\"", "\"Info\"", "\"none of them\"", "1"};
  case kind::device: return {"\"gpu\"", "\"cuda\"", "\"cuda:\"", "\"cuda:x\"", "0"};
  case kind::section: return {};
  }
  return {};
}

/// A good value that is not the default, and that contradicts no default.
std::string other_value(key const& one)
{
  static std::map<std::string_view, std::string> const chosen = {
      {"autoscaling.thresholds.cpu_scale_up", "71.5"},
      {"autoscaling.thresholds.cpu_scale_down", "29.5"},
      {"autoscaling.zero_scaling.keep_alive_min", "11.0"},
      {"autoscaling.zero_scaling.keep_alive_max", "3601.0"},
      {"autoscaling.windows.panic", "5.0"},
      {"autoscaling.windows.stable", "61.0"},
      {"autoscaling.schedules.utc_offset", "\"+05:30\""},
      {"balancing.zones.cidrs", "[\"10.0.0.0/8\"]"},
      {"listen.max_body_bytes", "\"32 MiB\""},
      {"hold.max_bytes", "\"512 MiB\""},
      {"autoscaling.schedules.when", "\"Sat,Sun 10:00-12:00\""},
      {"autoscaling.model_loader.load_balancing_strategy", "\"weighted\""},
      {"autoscaling.zero_scaling.rest_at", "\"model_zygote\""},
  };
  if (auto const found = chosen.find(one.name); found != chosen.end()) return found->second;
  auto const inner = one.allowed.least + 0.3 * std::min(one.allowed.most - one.allowed.least, 2.0);
  switch (one.type) {
  case kind::boolean: return one.initial == "true" ? "false" : "true";
  case kind::integer: return std::to_string(std::stoi(std::string(one.initial)) + 1);
  case kind::number:
  case kind::seconds: return number(inner);
  case kind::bytes: return "\"1 MiB\"";
  case kind::text: return "\"Other\"";
  case kind::texts: return "[\"a\"]";
  case kind::numbers: return "[1.5, 2]";
  case kind::address: return "\"[::1]:99\"";
  case kind::choice: {
    auto const names = one.allowed.names;
    auto const last = names.substr(names.rfind(' ') + 1);
    auto const other = '"' + std::string(last) + '"';
    return other == one.initial ? '"' + std::string(names.substr(0, names.find(','))) + '"' : other;
  }
  case kind::device: return "\"cuda:1\"";
  case kind::section: return "";
  }
  return "";
}

} // namespace

TEST_CASE("config: each key refuses what is out of its range or of another type, by file, line and name")
{
  std::size_t refused = 0;
  for (auto const& one : keys())
    for (auto const& bad : bad_values(one)) {
      auto const told = problem(file_with(one, bad) + beside(one));
      auto const name = std::string(one.name);
      CHECK_MESSAGE(
          (told.starts_with("p.toml:2: '" + name + "' is ") || told.starts_with("p.toml:2: '" + name + "' has ")), name,
          " = ", bad, " -> ", told);
      CHECK_MESSAGE(told.find("; allowed is " + allowed(one)) != std::string::npos, name, " = ", bad, " -> ", told);
      CHECK_MESSAGE(told.find('\n') == std::string::npos, told);
      ++refused;
    }
  CHECK(refused > 400);
}

TEST_CASE("config: each key takes both ends of its range")
{
  for (auto const& one : keys()) {
    if (one.type != kind::integer && one.type != kind::number && one.type != kind::seconds) continue;
    for (auto const end : {one.allowed.least, one.allowed.most}) {
      auto const content = one.type == kind::integer ? node(static_cast<std::int64_t>(end)) : node(end);
      CHECK_MESSAGE(check(one, content).has_value(), one.name);
    }
  }
}

TEST_CASE("config: each served key changes one place in the settings, its own")
{
  for (auto const& one : keys()) {
    if (one.state != serving::served) continue;
    REQUIRE_MESSAGE(bool(one.place.store), one.name);
    auto const text = file_with(one, other_value(one));
    auto const entries = parse_document(text, "p.toml");
    REQUIRE(entries.has_value());
    auto const* list =
        one.where == reach::repeated ? find_table_list(one.name.substr(0, one.name.rfind('.'))) : nullptr;
    auto before = settings();
    if (list) list->resize(before, 1);
    auto after = before;
    auto const good = check(one, entries->back().content);
    REQUIRE_MESSAGE(good.has_value(), one.name, ": ", good.error().sentence);
    one.place.store(after, *good, 0);
    auto const changes = difference(before, after);
    REQUIRE_MESSAGE(changes.size() == 1, one.name);
    CHECK(changes[0].name == (list ? list->name : one.name));
    CHECK(to_toml(one, one.place.load(after, 0)) == to_toml(one, *good));
    CHECK(changes[0].takes == one.takes);
    if (!list) CHECK_MESSAGE(problem(text + beside(one)) == "accepted", problem(text + beside(one)));
  }
}

TEST_CASE("config: only what a model may override is among a model's limits")
{
  for (auto const& one : keys()) {
    if (one.state != serving::served || one.where == reach::repeated) continue;
    auto after = settings();
    auto const entries = parse_document("v = " + other_value(one), "p.toml");
    one.place.store(after, *check(one, entries->front().content), 0);
    CHECK_MESSAGE((after.limits == model_limits()) == (one.where != reach::model), one.name);
  }
}
