#include "proxy/balance/zones.hpp"
#include "proxy/config/apply.hpp"
#include "proxy/config/difference.hpp"
#include "proxy/config/document.hpp"
#include "proxy/config/policy_of.hpp"

#include <algorithm>
#include <set>

namespace pilotlight::config {
namespace {

struct pair
{
  std::string_view smaller;
  std::string_view larger;
  bool holds;
  std::string_view rule;
};

/// Where the first of these keys stands that was given at all.
std::string place_of(reading const& from, std::initializer_list<std::string_view> names)
{
  for (auto const name : names)
    if (auto const found = from.places.find(name); found != from.places.end()) return found->second;
  return "defaults";
}

/// It was given and refused, or a table above it was: its value is nobody's.
bool was_refused(reading const& from, std::string_view name)
{
  return std::ranges::any_of(from.refused, [&](std::string const& one) {
    return name.starts_with(one) && (name.size() == one.size() || name[one.size()] == '.' || name[one.size()] == '[');
  });
}

/// 'autoscaling.windows.panic' (6.0)
std::string with_value(std::string_view name, settings const& from)
{
  auto const& one = *find_key(name);
  return "'" + std::string(name) + "' (" + to_toml(one, one.place.load(from, 0)) + ")";
}

void find_bad_pairs(reading& into)
{
  auto const& all = into.values;
  auto const& limits = all.limits;
  auto const same_address = all.listen.http.port != 0 && all.listen.http == all.listen.admin;
  auto const& weights = limits.weights;
  auto const weigh_something = weights.empty() ||
                               std::any_of(weights.begin(), weights.end(), [](double one) { return one > 0; }) ||
                               weights.size() < static_cast<std::size_t>(limits.max_instances);
  pair const pairs[] = {
      {"autoscaling.thresholds.cpu_scale_down", "autoscaling.thresholds.cpu_scale_up",
       limits.cpu_scale_down < limits.cpu_scale_up, "must be less than"},
      {"autoscaling.zero_scaling.keep_alive_min", "autoscaling.zero_scaling.keep_alive_max",
       limits.keep_alive_min <= limits.keep_alive_max, "must not be more than"},
      {"autoscaling.model_loader.min_instances", "autoscaling.model_loader.max_instances_per_model",
       limits.min_instances <= limits.max_instances, "must not be more than"},
      {"autoscaling.windows.panic", "autoscaling.windows.stable", limits.panic_window < limits.stable_window,
       "must be less than"},
      {"autoscaling.tick", "autoscaling.windows.panic", all.control.tick <= limits.panic_window,
       "must not be more than"},
      {"batching.batch_delay_max", "batching.batch_latency_target",
       limits.max_batch_size == 1 || limits.batch_delay_max < limits.batch_latency_target, "must be less than"},
      {"balancing.weights", "autoscaling.model_loader.max_instances_per_model", weigh_something,
       "are all 0 for as many instances as"},
      {"listen.max_body_bytes", "hold.max_bytes", all.listen.max_body_bytes <= all.hold.max_bytes / 2,
       "must not be more than half of"},
      {"listen.admin", "listen.http", !same_address, "must not be the same address as"},
  };
  for (auto const& [smaller, larger, holds, rule] : pairs)
    if (!holds && !was_refused(into, smaller) && !was_refused(into, larger))
      into.problems.push_back(place_of(into, {smaller, larger}) + ": " + with_value(smaller, all) + " " +
                              std::string(rule) + " " + with_value(larger, all));
}

/// A model.toml is asked only for what it says itself: one without a budget may undo what holds for the others.
void find_refusal_without_budget(reading& into, document_kind document)
{
  constexpr std::string_view refuse = "autoscaling.budget.refuse_over_budget";
  constexpr std::string_view budget = "autoscaling.budget.worker_hours_per_month";
  auto const& limits = into.values.limits;
  if (!limits.refuse_over_budget || limits.worker_hours_per_month > 0 || was_refused(into, budget)) return;
  if (document == document_kind::model && !into.places.contains(refuse)) return;
  into.problems.push_back(place_of(into, {refuse, budget}) + ": '" + std::string(refuse) + "' is true, but '" +
                          std::string(budget) + "' is 0, which is no budget; allowed is more than 0 with it");
}

/// Hours name both ends of a window themselves.
void find_length_of_hours(reading& into, std::size_t item)
{
  auto const duration = into.places.find(item_name("autoscaling.schedules.duration", item));
  auto const& when = into.values.schedules[item].when;
  if (duration == into.places.end() || is_cron(when) || !schedule_of(into.values.schedules[item])) return;
  into.problems.push_back(duration->second +
                          ": 'autoscaling.schedules.duration' is allowed only where 'autoscaling.schedules.when' is "
                          "cron's words, not hours with an end of their own such as " +
                          quoted(when));
}

void find_bad_schedules(reading& into)
{
  constexpr std::string_view tables = "autoscaling.schedules";
  constexpr std::string_view most = "autoscaling.model_loader.max_instances_per_model";
  for (std::size_t i = 0; i < into.values.schedules.size(); ++i) {
    auto const& one = into.values.schedules[i];
    auto const head = item_name(tables, i);
    auto const when = item_name("autoscaling.schedules.when", i);
    auto const read = one.when.empty() || was_refused(into, when) ? decide::schedule() : schedule_of(one);
    if (one.when.empty() && !was_refused(into, when))
      into.problems.push_back(place_of(into, {head}) + ": [[autoscaling.schedules]] has no when");
    if (!read) into.problems.push_back(place_of(into, {when, head}) + ": " + read.error().sentence);
    find_length_of_hours(into, i);
    auto const of_one = !one.model.empty() || was_refused(into, item_name("autoscaling.schedules.model", i));
    auto const floor = item_name("autoscaling.schedules.min_instances", i);
    if (!of_one && one.min_instances > into.values.limits.max_instances && !was_refused(into, most))
      into.problems.push_back(place_of(into, {floor, head}) + ": 'autoscaling.schedules.min_instances' (" +
                              std::to_string(one.min_instances) + ") must not be more than " +
                              with_value(most, into.values));
  }
}

void find_bad_zones(reading& into)
{
  constexpr std::string_view tables = "balancing.zones";
  auto rules = std::vector<balance::zone_rule>();
  auto names = std::set<std::string_view>();
  for (std::size_t i = 0; i < into.values.balancing.zones.size(); ++i) {
    auto const& zone = into.values.balancing.zones[i];
    auto const head = item_name(tables, i);
    auto const name = item_name("balancing.zones.name", i);
    if (was_refused(into, name)) continue;
    rules.push_back({zone.name, zone.cidrs});
    if (zone.name.empty()) return into.problems.push_back(place_of(into, {head}) + ": [[balancing.zones]] has no name");
    if (!names.insert(zone.name).second)
      return into.problems.push_back(place_of(into, {name}) + ": [[balancing.zones]] has the name " +
                                     quoted(zone.name) + " twice");
    // The table knows what its zones may be together; the zone that it stumbles over is the last of these.
    if (auto const table = balance::zone_table::read(rules); !table)
      return into.problems.push_back(place_of(into, {item_name("balancing.zones.cidrs", i), head}) +
                                     ": 'balancing.zones': " + table.error().sentence);
  }
}

/// Without any entry there is nothing to be near to, whatever the name.
void find_zone_of_nobody(reading& into)
{
  constexpr std::string_view key = "balancing.zone";
  auto const& zone = into.values.balancing.zone;
  auto const& zones = into.values.balancing.zones;
  if (zone.empty() || zones.empty() || was_refused(into, key)) return;
  for (std::size_t i = 0; i < zones.size(); ++i)
    if (zones[i].name == zone || was_refused(into, item_name("balancing.zones.name", i))) return;
  into.problems.push_back(place_of(into, {key}) + ": '" + std::string(key) + "' is " + quoted(zone) +
                          ", but no [[balancing.zones]] has that name");
}

/// Of a model.toml too: the zones are the node's.
void find_instances_of_no_zone(reading& into)
{
  constexpr std::string_view key = "balancing.instance_zones";
  auto const& zones = into.values.balancing.zones;
  if (was_refused(into, key) || was_refused(into, "balancing.zones")) return;
  for (std::size_t i = 0; i < zones.size(); ++i)
    if (was_refused(into, item_name("balancing.zones.name", i))) return;
  for (auto const& one : into.values.limits.instance_zones)
    if (std::ranges::find(zones, one, &zone_settings::name) == zones.end())
      return into.problems.push_back(place_of(into, {key}) + ": '" + std::string(key) + "' has " + quoted(one) +
                                     ", but no [[balancing.zones]] has that name");
}

} // namespace

void find_contradictions(reading& into, document_kind document)
{
  find_bad_pairs(into);
  find_refusal_without_budget(into, document);
  find_instances_of_no_zone(into);
  if (document == document_kind::model) return; // schedules and zones are none of its own
  find_bad_schedules(into);
  find_bad_zones(into);
  find_zone_of_nobody(into);
}

} // namespace pilotlight::config
