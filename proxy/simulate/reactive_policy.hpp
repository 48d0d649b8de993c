// What does the autoscaler do without any forecast? The very deciding code of the server, asked once a second. Pure.
#pragma once
#include "proxy/decide/autoscaler.hpp"
#include "proxy/simulate/policy.hpp"

namespace pilotlight::simulate {

class reactive_policy : public policy
{
public:
  /// One for each model, by its index.
  explicit reactive_policy(std::vector<decide::model_policy> rules);

  std::vector<decide::action> tick(std::vector<decide::model_facts>& facts, decide::node_facts const& node,
                                   decide::instant now) override;
  std::vector<decide::action> queue_grew(decide::model_facts const& facts, decide::node_facts const& node,
                                         decide::instant now) override;
  bool refuses_start(decide::model_index model, decide::instant now) const override;
  int resting_instances(decide::model_index model) const override;
  decide::duration period() const override { return std::chrono::seconds(1); }
  /// The end of the earliest idle delay; calendar windows, and instances that a budget is charged for, are looked at
  /// once a minute where there are any.
  decide::instant wake(std::vector<decide::model_facts> const& facts, decide::instant now) const override;

protected:
  bool has_schedules() const;
  /// The rung that an idle model is left at, whatever its delay.
  decide::rung kept(decide::model_index model) const;

private:
  std::vector<decide::model_policy> rules_;
  decide::autoscaler autoscaler_;
};

} // namespace pilotlight::simulate
