// Who decides in the simulated world? The face of every policy towards the engine.
#pragma once
#include "proxy/decide/action.hpp"
#include "proxy/decide/facts.hpp"

#include <span>
#include <vector>

namespace pilotlight::simulate {

class policy
{
public:
  virtual ~policy() = default;

  /// Requests of a model came. Dense traffic is told in sums, at most a second late.
  virtual void arrived(decide::model_index, decide::instant, std::uint64_t /*count*/) {}

  /// What to do now. The facts may be completed (forecasts) before they are decided upon.
  virtual std::vector<decide::action> tick(std::vector<decide::model_facts>& facts, decide::node_facts const& node,
                                           decide::instant now) = 0;

  /// The queue of one model just grew. Only what is true now (counts, waiting, in_flight) is new in its facts.
  virtual std::vector<decide::action> queue_grew(decide::model_facts const& facts, decide::node_facts const& node,
                                                 decide::instant now) = 0;

  /// A request that would have to start this model is refused now.
  virtual bool refuses_start(decide::model_index, decide::instant) const { return false; }

  /// With so many instances a model that has nothing to do is left alone.
  virtual int resting_instances(decide::model_index) const { return 1; }

  /// How often it is asked while anything is inside; 0: only when a queue has grown, and when all is idle again.
  virtual decide::duration period() const = 0;

  /// While all is idle: when it wants to be asked next, if no request comes. `facts` are those of the last tick.
  virtual decide::instant wake(std::vector<decide::model_facts> const& facts, decide::instant now) const = 0;
};

} // namespace pilotlight::simulate
