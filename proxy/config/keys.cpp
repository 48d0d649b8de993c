#include "proxy/config/keys_autoscaling.hpp"
#include "proxy/config/keys_later.hpp"
#include "proxy/config/keys_node.hpp"

#include <algorithm>
#include <array>

namespace pilotlight::config {
namespace {

constexpr std::size_t count =
    std::size(table::node_keys) + std::size(table::autoscaling_keys) + std::size(table::later_keys);

constexpr std::array<key, count> joined()
{
  auto all = std::array<key, count>();
  auto end = std::copy(std::begin(table::node_keys), std::end(table::node_keys), all.begin());
  end = std::copy(std::begin(table::autoscaling_keys), std::end(table::autoscaling_keys), end);
  std::copy(std::begin(table::later_keys), std::end(table::later_keys), end);
  return all;
}

constexpr auto all_keys = joined();

constexpr table_list all_lists[] = {
    {"balancing.zones", [](settings& target, std::size_t size) { target.balancing.zones.resize(size); },
     [](settings const& source) { return source.balancing.zones.size(); }},
    {"autoscaling.schedules", [](settings& target, std::size_t size) { target.schedules.resize(size); },
     [](settings const& source) { return source.schedules.size(); }},
    {"autoscaling.alerts.channels", nullptr, nullptr},
};

} // namespace

std::span<key const> keys()
{
  return all_keys;
}

std::span<table_list const> table_lists()
{
  return all_lists;
}

} // namespace pilotlight::config
