// Holds config/pilotlight.toml and docs/configuration.md to the table of keys.
#include "proxy/config/check.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/read_file.hpp"

#include <doctest/doctest.h>
#include <set>
#include <sstream>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

std::filesystem::path const tree = std::filesystem::path(PILOTLIGHT_SOURCE_DIR);

std::vector<std::string> lines(std::string const& text)
{
  auto all = std::vector<std::string>();
  auto in = std::istringstream(text);
  for (auto line = std::string(); std::getline(in, line);)
    all.push_back(line);
  return all;
}

std::string read(char const* path)
{
  auto const text = read_file(tree / path, 1 << 20);
  REQUIRE_MESSAGE(text.has_value(), path);
  return *text;
}

/// "#key = value" and "#[section]" are keys that are only accepted; "# words" is a comment.
std::string with_accepted_keys(std::string const& text)
{
  auto all = std::string();
  for (auto const& line : lines(text))
    all += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + "\n";
  return all;
}

node default_of(key const& one)
{
  return parse_document("v = " + std::string(one.initial), "table")->front().content;
}

} // namespace

TEST_CASE("config/pilotlight.toml: changes nothing and warns of nothing")
{
  auto const loaded = read_settings(read("config/pilotlight.toml"), "pilotlight.toml", {}, process_environment());
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().sentence);
  CHECK(*loaded == settings());
}

TEST_CASE("config/pilotlight.toml: has every key of the table with its default, and no other")
{
  auto const entries = parse_document(with_accepted_keys(read("config/pilotlight.toml")), "pilotlight.toml");
  REQUIRE_MESSAGE(entries.has_value(), entries.error().sentence);
  auto found = std::set<std::string>();
  for (auto const& one : *entries) {
    auto const* known = find_key(one.name);
    CHECK_MESSAGE((known || is_section(one.name)), one.name);
    if (!known) continue;
    found.insert(one.name);
    if (known->type != kind::section) CHECK_MESSAGE(check(*known, one.content).has_value(), one.name);
    if (known->initial.empty()) continue; // it has to be given: what stands here is an example
    if (known->type != kind::section) CHECK_MESSAGE(shown(one.content) == shown(default_of(*known)), one.name);
  }
  for (auto const& one : keys())
    CHECK_MESSAGE(found.contains(std::string(one.name)), one.name);
}

TEST_CASE("config/pilotlight.toml: every key and section says why, and only list entries and keys without effect are "
          "commented out")
{
  auto const all = lines(read("config/pilotlight.toml"));
  auto section = std::string();
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const out = all[i].starts_with("#") && !all[i].starts_with("# ") && all[i].size() > 1;
    auto const line = out ? all[i].substr(1) : all[i];
    if (line.empty() || line.starts_with("#")) continue;
    CHECK_MESSAGE((i > 0 && all[i - 1].starts_with("# ")), line);
    if (line.starts_with("[")) {
      auto const name = line.substr(line.find_first_not_of('['));
      section = name.substr(0, name.find(']'));
      continue;
    }
    auto const* known = find_key(section + "." + line.substr(0, line.find(' ')));
    REQUIRE_MESSAGE(known, line);
    CHECK_MESSAGE(out == (known->state == serving::accepted || known->where == reach::repeated), line);
  }
}

TEST_CASE("docs/configuration.md: has a row for every key, and no row for another")
{
  auto expected = std::vector<std::string>();
  auto section = std::string_view();
  for (auto const& one : keys()) {
    auto const dot = one.name.rfind('.');
    auto const here = one.type == kind::section ? one.name : one.name.substr(0, dot);
    if (here != section) {
      auto const repeated = one.where == reach::repeated;
      expected.push_back("## `" + std::string(repeated ? "[[" : "[") + std::string(here) + (repeated ? "]]`" : "]`"));
    }
    section = here;
    if (one.type == kind::section) continue;
    expected.push_back("| `" + std::string(one.name.substr(dot + 1)) + "`" + (one.where == reach::model ? " (m)" : "") +
                       (one.state == serving::accepted ? " (not yet)" : "") +
                       (one.takes == effect::restart ? " (restart)" : "") + " | " + allowed(one) + " | " +
                       (one.initial.empty() ? "none" : "`" + std::string(one.initial) + "`") + " | " +
                       std::string(one.why) + " |");
  }
  auto found = std::vector<std::string>();
  for (auto const& line : lines(read("docs/configuration.md"))) {
    if (line == "## model.toml") break;
    if (line.starts_with("## `") || line.starts_with("| `")) found.push_back(line);
  }
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == expected[i]);
}
