// Whose turn is it, if some deserve more turns than others? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/balance/slots.hpp"

namespace pilotlight::balance {

/// Smooth weighted round robin as nginx has it: turns of a heavy instance are spread, not in one run. The weight of an
/// instance is the one from configuration, else the one that reweigh() gave, else its own measured capacity (requests
/// per second while it was busy, relative to the mean of the model), times its share of health. One
/// of weight 0 takes nothing, but where no other is ready: better it than nobody.
class weighted final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  void told(event const& what) override;
  void reweigh(std::span<weight const> weights) override;
  std::string_view name() const override { return "weighted"; }

private:
  struct standing
  {
    double claim = 0; ///< grows by the weight each time, pays the sum when it is taken
    double given = 0; ///< by reweigh(); 0: none
    std::uint32_t inside = 0;
    moment busy_since;   ///< counted as busy up to here, if something is inside
    double busy = 0;     ///< seconds, of the last completions
    double done = 0;     ///< completions in that time
    double capacity = 0; ///< per busy second; 0: too few yet
  };

  double weight_of(candidate const& one, standing const& its) const;
  void average();

  slots<standing> standings_;
  double mean_capacity_ = 0;
};

} // namespace pilotlight::balance
