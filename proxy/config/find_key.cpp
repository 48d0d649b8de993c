#include "proxy/config/key.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace pilotlight::config {
namespace {

/// Levenshtein's distance: single-character insertions, deletions and replacements.
std::size_t edit_distance(std::string_view left, std::string_view right)
{
  auto row = std::vector<std::size_t>(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      auto const replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view name)
{
  return name.substr(name.rfind('.') + 1);
}

bool is_under(std::string_view name, std::string_view section)
{
  return name.size() > section.size() && name.starts_with(section) && name[section.size()] == '.';
}

/// What is left of both beyond the sections that they share: of "a.bb.c" and "a.b", "bb.c" and "b".
std::pair<std::string_view, std::string_view> without_shared_sections(std::string_view left, std::string_view right)
{
  for (;;) {
    auto const of_left = left.substr(0, left.find('.'));
    if (of_left != right.substr(0, right.find('.'))) return {left, right};
    left.remove_prefix(std::min(of_left.size() + 1, left.size()));
    right.remove_prefix(std::min(of_left.size() + 1, right.size()));
    if (left.empty() || right.empty()) return {left, right};
  }
}

/// "min" of "min_instances", in the same section.
bool is_begin_of(std::string_view typed, std::string_view meant)
{
  return typed.size() >= 3 && meant.starts_with(typed) && meant.find('.') == std::string_view::npos;
}

} // namespace

key const* find_key(std::string_view name)
{
  for (auto const& one : keys())
    if (one.name == name || (one.type == kind::section && is_under(name, one.name))) return &one;
  return nullptr;
}

table_list const* find_table_list(std::string_view name)
{
  for (auto const& one : table_lists())
    if (one.name == name) return &one;
  return nullptr;
}

bool is_section(std::string_view name)
{
  return std::any_of(keys().begin(), keys().end(), [&](key const& one) { return is_under(one.name, name); });
}

std::string_view nearest_key(std::string_view name, std::span<std::string_view const> more)
{
  if (name.size() > 200) return {};
  auto near = std::string_view();
  auto distance = std::string_view::npos;
  auto completed = std::set<std::string_view>();
  auto const consider = [&](std::string_view known) {
    auto const [typed, meant] = without_shared_sections(name, known);
    if (typed.empty() || meant.empty()) return; // one is the other's section
    if (is_begin_of(typed, meant)) completed.insert(known);
    auto const most = typed.size() < 4 ? std::size_t{1} : std::max<std::size_t>(2, typed.size() / 4);
    if (auto const to_known = edit_distance(typed, meant); to_known <= most && to_known < distance) {
      distance = to_known;
      near = known;
    }
  };
  std::ranges::for_each(more, consider);
  auto namesakes = std::vector<std::string_view>();
  for (auto const& one : keys()) {
    consider(one.name);
    for (auto dot = one.name.find('.'); dot != std::string_view::npos; dot = one.name.find('.', dot + 1))
      consider(one.name.substr(0, dot));
    if (last_part(one.name) == last_part(name)) namesakes.push_back(one.name);
  }
  // A slip of the finger is likelier than a name that was cut short, that than a wrong section, and a wrong section
  // likelier than a name half wrong.
  if (distance > 1 && completed.size() == 1) return *completed.begin();
  return distance > 2 && namesakes.size() == 1 ? namesakes.front() : near;
}

} // namespace pilotlight::config
