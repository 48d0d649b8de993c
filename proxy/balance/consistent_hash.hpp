// Which instance serves this key, as long as it can? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"

namespace pilotlight::balance {

/// The same key goes to the same instance while that one is there and not overloaded. Each instance has a rank for each
/// key (rendezvous hashing, Thaler and Ravishankar 1998): when one goes only its own keys move, each to the next in
/// its rank, so they spread over all others. A degraded instance has its share of keys (weighted rendezvous,
/// Schindelhauer and Schomaker 2005). Loads are bounded as in Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing
/// with Bounded Loads" (2018): no instance has more than `bound` times its fair part of the requests inside; what is
/// over goes to the next in rank. A request without a key goes to the least loaded.
class consistent_hash final : public balancer
{
public:
  explicit consistent_hash(double bound = 1.25) : bound_(std::max(bound, 1.0)) {}

  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  std::string_view name() const override { return "consistent_hash"; }

private:
  double bound_;
};

} // namespace pilotlight::balance
