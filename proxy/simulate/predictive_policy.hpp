// What does the autoscaler do when it is told what to expect? The server's deciding code and the server's predictor,
// one for each model. Pure.
#pragma once
#include "proxy/simulate/forecast_watch.hpp"
#include "proxy/simulate/reactive_policy.hpp"

#include <span>
#include <vector>

namespace pilotlight::simulate {

class predictive_policy final : public reactive_policy
{
public:
  /// `settings`: one for each model of the trace, as `rules`.
  predictive_policy(std::vector<decide::model_policy> rules, std::span<predict::predictor_settings const> settings,
                    trace const& of);

  void arrived(decide::model_index index, decide::instant when, std::uint64_t count) override;
  std::vector<decide::action> tick(std::vector<decide::model_facts>& facts, decide::node_facts const& node,
                                   decide::instant now) override;
  decide::instant wake(std::vector<decide::model_facts> const& facts, decide::instant now) const override;

  /// Of all models together, up to `end`.
  std::vector<accuracy> forecasts(instant end);
  std::vector<accuracy> late_forecasts() const;

private:
  struct forecasting
  {
    predict::predictor predictor;
    forecast_watch watch;
    predict::warmth resting; ///< the advice that holds
    bool asked = false, called = false;
    instant expected_at{}; ///< of forecast_rate
    double expected = -1;
  };

  void foretell(decide::model_facts& facts, decide::instant now);
  std::vector<accuracy> summed(bool late) const;

  std::vector<forecasting> models_;
};

} // namespace pilotlight::simulate
