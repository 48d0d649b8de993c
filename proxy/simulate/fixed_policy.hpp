// What does the plain rule do? scale_to_zero_delay after the last completion it goes to zero; one instance more when
// more than queue_length_max requests wait (proxy/decide/queue_rule). Pure.
#pragma once
#include "proxy/simulate/policy.hpp"

#include <utility>
#include <vector>

namespace pilotlight::simulate {

struct fixed_rule
{
  decide::duration delay = std::chrono::seconds(300); ///< scale_to_zero_delay
  std::size_t queue_length_max = 10;
  int max_instances = 3;
};

class fixed_policy final : public policy
{
public:
  /// One for each model, by its index.
  explicit fixed_policy(std::vector<fixed_rule> rules) : rules_(std::move(rules)) {}

  std::vector<decide::action> tick(std::vector<decide::model_facts>& facts, decide::node_facts const& node,
                                   decide::instant now) override;
  std::vector<decide::action> queue_grew(decide::model_facts const& facts, decide::node_facts const& node,
                                         decide::instant now) override;
  decide::duration period() const override { return decide::duration(0); }
  decide::instant wake(std::vector<decide::model_facts> const& facts, decide::instant now) const override;

private:
  bool is_over(decide::model_facts const& facts) const;

  std::vector<fixed_rule> rules_;
};

} // namespace pilotlight::simulate
