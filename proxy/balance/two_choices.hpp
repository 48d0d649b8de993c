// Which of two instances taken by chance has fewer requests inside? The strategy `random`. Pure.
#pragma once
#include "proxy/balance/balancer.hpp"

namespace pilotlight::balance {

/// The better of two different ones (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
class two_choices final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  std::string_view name() const override { return "random"; }
};

} // namespace pilotlight::balance
