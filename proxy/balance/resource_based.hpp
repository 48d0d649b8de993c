// Which instance has the most CPU and memory left? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"

namespace pilotlight::balance {

/// The scarcer of CPU and memory left over, as a share of what the instance may use (its threads, its even part of the
/// memory that all instances may use), per request inside. The requests
/// inside count because CPU and memory are measured once a second only: without them all requests of that second went
/// to the same one. Where no limit is known, twice the largest use among the candidates stands for it.
class resource_based final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  std::string_view name() const override { return "resource_based"; }
};

} // namespace pilotlight::balance
