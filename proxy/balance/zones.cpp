#include "proxy/balance/zones.hpp"

namespace pilotlight::balance {
namespace {

constexpr std::size_t most_zones = 64;       ///< the balancer keeps a distance between each two
constexpr std::size_t most_networks = 4'096; ///< walked one by one
constexpr std::size_t longest_name = 64;

bool is_name(std::string_view text)
{
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return !text.empty() && text.size() <= longest_name && text.find_first_not_of(allowed) == std::string_view::npos;
}

failure refused(std::string sentence)
{
  return {fault::bad_request, std::move(sentence)};
}

} // namespace

result<zone_table> zone_table::read(std::span<zone_rule const> rules)
{
  auto made = zone_table();
  if (rules.size() > most_zones)
    return refused("there are " + std::to_string(rules.size()) + " zones; allowed are up to " +
                   std::to_string(most_zones));
  for (auto const& rule : rules) {
    if (!is_name(rule.zone))
      return refused("zone '" + rule.zone + "' is not a name of 1 to 64 letters, digits, '-', '_' or '.'");
    if (made.named(rule.zone) != 0) return refused("zone '" + rule.zone + "' is there twice");
    made.names_.push_back(rule.zone);
    auto const id = static_cast<zone_id>(made.names_.size());
    for (auto const& text : rule.networks) {
      if (made.networks_.size() == most_networks)
        return refused("the zones have more than " + std::to_string(most_networks) + " networks, which is the most");
      auto const block = cidr::read(text);
      if (!block) return refused("zone '" + rule.zone + "': network " + block.error().sentence);
      auto const same = std::ranges::find(made.networks_, *block, &network::block);
      if (same != made.networks_.end())
        return refused("zone '" + rule.zone + "': network '" + text + "' belongs to zone '" +
                       std::string(made.name(same->zone)) + "' already");
      made.networks_.push_back({*block, id});
    }
  }
  std::ranges::stable_sort(made.networks_, std::ranges::greater(), [](network const& of) { return of.block.prefix(); });
  return made;
}

zone_id zone_table::named(std::string_view zone) const
{
  auto const found = std::ranges::find(names_, zone);
  return found == names_.end() ? zone_id() : static_cast<zone_id>(found - names_.begin() + 1);
}

zone_id zone_table::of(boost::asio::ip::address const& address) const
{
  auto const found = std::ranges::find_if(networks_, [&](network const& each) { return each.block.contains(address); });
  return found == networks_.end() ? zone_id() : found->zone;
}

zone_id zone_table::of_client(std::string_view header, boost::asio::ip::address const& address) const
{
  auto const said = named(header);
  return said != 0 ? said : of(address);
}

std::string_view zone_table::name(zone_id zone) const
{
  return zone == 0 || zone > names_.size() ? std::string_view("unknown") : names_[zone - 1U];
}

} // namespace pilotlight::balance
