// In which zone is this client, or this instance? Zones by name, and the networks that belong to each. Pure.
#pragma once
#include "proxy/balance/candidate.hpp"
#include "proxy/balance/cidr.hpp"

#include <string>
#include <vector>

namespace pilotlight::balance {

/// As it stands in the configuration: a zone and its networks, e.g. eu = ["10.1.0.0/16", "2001:db8:1::/48"]. A zone
/// may have none, if clients name it in their header.
struct zone_rule
{
  std::string zone;
  std::vector<std::string> networks;
};

class zone_table
{
public:
  /// Checked whole. A failure names the zone and the network, and says what is allowed.
  static result<zone_table> read(std::span<zone_rule const> rules);
  zone_table() = default;

  /// 0 if there is none of that name.
  zone_id named(std::string_view zone) const;
  /// Of the narrowest network that contains the address; 0 if none does.
  zone_id of(boost::asio::ip::address const& address) const;
  /// What the client's header says if it names a zone of the table, else where its address lies. To be asked once per
  /// connection or request, not per pick: it walks the table.
  zone_id of_client(std::string_view header, boost::asio::ip::address const& address) const;
  /// Ids are below this; 1 without zones.
  std::size_t size() const { return names_.size() + 1; }
  /// Ids mean the same in both, whatever their networks: what was learned by zone still holds.
  bool same_ids(zone_table const& other) const { return names_ == other.names_; }
  /// "unknown" for 0.
  std::string_view name(zone_id zone) const;

private:
  struct network
  {
    cidr block;
    zone_id zone = 0;
  };

  std::vector<std::string> names_; ///< zone i + 1
  std::vector<network> networks_;  ///< the narrowest first
};

} // namespace pilotlight::balance
