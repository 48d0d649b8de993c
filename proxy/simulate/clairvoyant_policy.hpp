// What would somebody do who knows the trace? Ends every process as soon as the next request is further away than a
// start takes, starts just in time, and runs the instances of an integer schedule. No server can; it is what others are
// measured against. Pure.
#pragma once
#include "proxy/simulate/arrivals.hpp"
#include "proxy/simulate/costs.hpp"
#include "proxy/simulate/integer_schedule.hpp"
#include "proxy/simulate/policy.hpp"

namespace pilotlight::simulate {

class clairvoyant_policy final : public policy
{
public:
  /// `of` must outlive it; `seed` as in the replay.
  clairvoyant_policy(trace const& of, costs const& costs, integer_schedule const& schedule, std::uint64_t seed);

  std::vector<decide::action> tick(std::vector<decide::model_facts>& facts, decide::node_facts const& node,
                                   decide::instant now) override;
  std::vector<decide::action> queue_grew(decide::model_facts const&, decide::node_facts const&,
                                         decide::instant) override
  {
    return {};
  }
  decide::duration period() const override;
  decide::instant wake(std::vector<decide::model_facts> const& facts, decide::instant now) const override;

private:
  struct model
  {
    std::span<stretch const> stretches;
    arrivals source;
    std::size_t at = 0; ///< the stretch under way or next
    instant next{};     ///< arrival
  };

  int scheduled(model& of, instant now) const;

  integer_schedule schedule_;
  duration start_; ///< from nothing
  bool needs_several_ = false;
  std::vector<model> models_;
  std::vector<batch> passed_;
};

} // namespace pilotlight::simulate
