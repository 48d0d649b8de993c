// Holds the keys that the pages of docs/ name to the table of keys.
#include "proxy/config/key.hpp"
#include "proxy/config/read_file.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <regex>
#include <sstream>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

struct span
{
  std::string place; ///< "scaling.md:17"
  std::string text;
};

/// What stands between single backticks, outside of fenced blocks.
std::vector<span> code_spans(std::filesystem::path const& page)
{
  auto const text = read_file(page, 1 << 20);
  REQUIRE_MESSAGE(text.has_value(), page.string());
  auto found = std::vector<span>();
  auto in = std::istringstream(*text);
  auto fenced = false;
  auto number = 0;
  for (auto line = std::string(); std::getline(in, line);) {
    ++number;
    if (line.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    static auto const code = std::regex("`([^`]+)`");
    for (auto at = std::sregex_iterator(line.begin(), line.end(), code); at != std::sregex_iterator(); ++at)
      found.push_back({page.filename().string() + ":" + std::to_string(number), (*at)[1].str()});
  }
  return found;
}

std::vector<span> all_spans()
{
  auto all = std::vector<span>();
  for (auto const& page : std::filesystem::directory_iterator(std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / "docs"))
    if (page.path().extension() == ".md")
      for (auto& one : code_spans(page.path()))
        all.push_back(std::move(one));
  return all;
}

/// "worker.threads", also of "worker.threads = 0" and of "[worker.threads]"; else empty.
std::string dotted_name(std::string const& code)
{
  static auto const form = std::regex(R"(\[{0,2}([a-z_0-9]+(?:\.[a-z_0-9]+)+)\]{0,2}(?: ?=.*)?)");
  auto match = std::smatch();
  return std::regex_match(code, match, form) ? match[1].str() : std::string();
}

bool is_a_file(std::string const& name)
{
  auto const ending = name.substr(name.rfind('.'));
  return ending == ".hpp" || ending == ".cpp" || ending == ".toml" || ending == ".sqlite";
}

/// "dry_run", also of "dry_run = true": words joined by underscores, as our keys mostly are; else empty.
std::string bare_name(std::string const& code)
{
  static auto const form = std::regex(R"(([a-z]+(?:_[a-z]+)+)(?: = .*)?)");
  auto match = std::smatch();
  return std::regex_match(code, match, form) ? match[1].str() : std::string();
}

/// The pages leave "autoscaling." out where they are about nothing else.
bool begins_in_a_section(std::string const& name)
{
  auto const first = name.substr(0, name.find('.'));
  return is_section(first) || is_section("autoscaling." + first);
}

bool is_known(std::string const& name)
{
  return find_key(name) || is_section(name) || find_table_list(name);
}

} // namespace

TEST_CASE("docs: every dotted key that a page names is one of the table")
{
  auto checked = 0;
  for (auto const& [place, code] : all_spans()) {
    auto const name = dotted_name(code);
    if (name.empty() || is_a_file(name) || !begins_in_a_section(name)) continue; // parameters.timeout: not ours
    ++checked;
    CHECK_MESSAGE((is_known(name) || is_known("autoscaling." + name)), place << ": no key is named " << name);
  }
  CHECK(checked > 40); // else the pages are not found, or not read
}

TEST_CASE("docs/scaling.md: every word of its tables and sentences that looks like a key is the last part of one")
{
  for (auto const& [place, code] : all_spans()) {
    auto const name = bare_name(code);
    if (name.empty() || !place.starts_with("scaling.md:")) continue;
    auto const ends_in_it = [&](key const& one) { return one.name.ends_with("." + name); };
    auto const offers_it = [&](key const& one) { return one.allowed.names.find(name) != std::string_view::npos; };
    CHECK_MESSAGE((std::ranges::any_of(keys(), ends_in_it) || std::ranges::any_of(keys(), offers_it)),
                  place << ": no key is named " << name);
  }
}
