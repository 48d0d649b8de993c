// Whose turn is it? Each instance in the order of their numbers. Pure.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/balance/slots.hpp"

namespace pilotlight::balance {

/// A full one is passed over without a claim to be served twice later. A degraded one takes its share of its turns.
class round_robin final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  std::string_view name() const override { return "round_robin"; }

private:
  struct turns
  {
    double credit = 0; ///< takes a turn when there is a whole one
  };
  slots<turns> turns_;
  std::optional<int> last_; ///< number of the instance whose turn was the last, whether it took it or not
};

} // namespace pilotlight::balance
