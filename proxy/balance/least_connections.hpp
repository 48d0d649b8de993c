// Which instance has the fewest requests inside? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"

namespace pilotlight::balance {

/// The open one with the fewest requests per share of health; ties go to the first, so that the last ones fall idle and
/// can be taken down.
std::optional<std::size_t> least_loaded(std::span<candidate const> candidates);

class least_connections final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const&) override
  {
    return least_loaded(candidates);
  }
  std::string_view name() const override { return "least_connections"; }
};

} // namespace pilotlight::balance
