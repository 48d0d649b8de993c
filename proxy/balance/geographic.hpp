// Which instance with room is nearest to the client? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"

#include <vector>

namespace pilotlight::balance {

/// The client's own zone first; when nobody there has room, the other zones in the order of the latency measured from
/// the client's zone to them. A zone that was never measured comes before the measured ones, so that it is tried;
/// what was measured fades, for the same reason. Within a zone the least loaded. A client of unknown zone is served
/// by the least loaded of all. Where all instances are in one zone, that is least_connections. A degraded instance lets
/// its missing share of requests pass on to the next zone.
class geographic final : public balancer
{
public:
  /// Zones are 0 to `zones` - 1 (zone_table::size()); a higher one counts as 0.
  explicit geographic(std::size_t zones);

  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  void told(event const& what) override;
  std::string_view name() const override { return "geographic"; }

private:
  struct distance
  {
    double latency = 0; ///< ns, smoothed; 0: never measured
    moment stamp;
  };
  struct zone_of
  {
    int number = 0;
    std::size_t zone = 0;
  };

  std::size_t known(zone_id zone) const { return zone < zones_ ? zone : 0; }
  double ns_between(std::size_t client, std::size_t instance, moment now) const;
  std::optional<std::size_t> nearest(std::span<candidate const> candidates, request const& asked, bool thinned) const;

  std::size_t zones_;
  std::vector<distance> distances_; ///< client zone by instance zone
  std::vector<zone_of> instances_;  ///< of the last candidates: events name the instance only
};

} // namespace pilotlight::balance
