// Holds the picture of the states in docs/scaling.md to the table that decides.
#include "proxy/config/read_file.hpp"
#include "proxy/decide/lifecycle.hpp"

#include <doctest/doctest.h>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace pilotlight;
using namespace pilotlight::decide;

namespace {

/// "Zero --request--> ColdStart"
using arrows = std::set<std::string>;

std::string arrow(std::string_view from, std::string_view on, std::string_view to)
{
  return std::string(from) + " --" + std::string(on) + "--> " + std::string(to);
}

arrows of_table()
{
  auto all = arrows();
  for (std::size_t state = 0; state < model_states; ++state)
    for (std::size_t event = 0; event < model_events; ++event) {
      auto const from = static_cast<model_state>(state);
      auto const on = static_cast<model_event>(event);
      if (auto const to = next(from, on).next; to != from)
        all.insert(arrow(to_string(from), to_string(on), to_string(to)));
    }
  return all;
}

/// The lines between "stateDiagram-v2" and the fence that ends it.
std::vector<std::string> diagram_of(std::string const& page)
{
  auto found = std::vector<std::string>();
  auto in = std::istringstream(page);
  auto inside = false;
  for (auto line = std::string(); std::getline(in, line);) {
    if (line == "stateDiagram-v2") {
      REQUIRE_MESSAGE(found.empty(), "two pictures of states");
      inside = true;
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      found.push_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    }
  }
  return found;
}

struct drawn_arrow
{
  std::string from;
  std::string to;
  std::vector<std::string> events;
};

/// "A --> B: event, event"
drawn_arrow parse(std::string const& line)
{
  constexpr std::string_view tip = " --> ";
  auto const at = line.find(tip);
  REQUIRE_MESSAGE(at != std::string::npos, line);
  auto const colon = line.find(": ", at);
  auto drawn = drawn_arrow{line.substr(0, at), line.substr(at + tip.size(), colon - at - tip.size()), {}};
  if (colon == std::string::npos) return drawn;
  auto names = std::istringstream(line.substr(colon + 2));
  for (auto name = std::string(); std::getline(names, name, ',');)
    drawn.events.push_back(name.substr(name.find_first_not_of(' ')));
  return drawn;
}

arrows of_picture(std::vector<std::string> const& lines)
{
  auto boxes = std::map<std::string, std::set<std::string>>(); // states that a box holds
  auto drawn = std::vector<drawn_arrow>();
  auto box = std::string();
  for (auto const& line : lines) {
    if (line.starts_with("state ")) {
      box = line.substr(6, line.find(" {") - 6);
    } else if (line == "}") {
      box.clear();
    } else {
      drawn.push_back(parse(line));
      if (!box.empty()) boxes[box].insert({drawn.back().from, drawn.back().to});
    }
  }
  auto all = arrows();
  for (auto const& [from, to, events] : drawn) {
    if (from == "[*]") continue;
    auto const found = boxes.find(from);
    for (auto const& each : found == boxes.end() ? std::set{from} : found->second)
      for (auto const& on : events)
        CHECK_MESSAGE(all.insert(arrow(each, on, to)).second, arrow(each, on, to) << " is drawn twice");
  }
  return all;
}

} // namespace

TEST_CASE("docs/scaling.md: the picture of the states has every arrow of the table, and no other")
{
  auto const page = config::read_file(std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / "docs/scaling.md", 1 << 20);
  REQUIRE(page.has_value());
  auto const drawn = of_picture(diagram_of(*page));
  auto const table = of_table();
  for (auto const& one : table)
    CHECK_MESSAGE(drawn.contains(one), one << " is not drawn");
  for (auto const& one : drawn)
    CHECK_MESSAGE(table.contains(one), one << " is not in the table");
}
