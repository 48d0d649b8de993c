// Holds the pictures of states in docs/scaling.md to the tables that decide.
#include "proxy/config/read_file.hpp"
#include "proxy/decide/instance_state.hpp"
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

model_state to_of(model_state from, model_event on)
{
  return next(from, on).next;
}

instance_state to_of(instance_state from, instance_event on)
{
  return next(from, on);
}

template <class State, class Event>
arrows of_table(std::size_t states, std::size_t events)
{
  auto all = arrows();
  for (std::size_t state = 0; state < states; ++state)
    for (std::size_t event = 0; event < events; ++event) {
      auto const from = static_cast<State>(state);
      auto const on = static_cast<Event>(event);
      if (auto const to = to_of(from, on); to != from) all.insert(arrow(to_string(from), to_string(on), to_string(to)));
    }
  return all;
}

/// The lines between each "stateDiagram-v2" and the fence that ends it.
std::vector<std::vector<std::string>> diagrams_of(std::string const& page)
{
  auto found = std::vector<std::vector<std::string>>();
  auto in = std::istringstream(page);
  auto inside = false;
  for (auto line = std::string(); std::getline(in, line);) {
    if (line == "stateDiagram-v2") {
      found.emplace_back();
      inside = true;
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      found.back().push_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
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
    if (from == "[*]" || to == "[*]") continue;
    auto const found = boxes.find(from);
    for (auto const& each : found == boxes.end() ? std::set{from} : found->second)
      for (auto const& on : events)
        CHECK_MESSAGE(all.insert(arrow(each, on, to)).second, arrow(each, on, to) << " is drawn twice");
  }
  return all;
}

} // namespace

TEST_CASE("docs/scaling.md: each picture of states has every arrow of its table, and no other")
{
  auto const page = config::read_file(std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / "docs/scaling.md", 1 << 20);
  REQUIRE(page.has_value());
  auto const diagrams = diagrams_of(*page);
  auto const tables = std::vector{of_table<model_state, model_event>(model_states, model_events),
                                  of_table<instance_state, instance_event>(instance_states, instance_events)};
  REQUIRE(diagrams.size() == tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    auto const drawn = of_picture(diagrams[i]);
    for (auto const& one : tables[i])
      CHECK_MESSAGE(drawn.contains(one), one << " is not drawn");
    for (auto const& one : drawn)
      CHECK_MESSAGE(tables[i].contains(one), one << " is not in the table");
  }
}
