#include "proxy/simulate/predictive_policy.hpp"

#include "proxy/predict/foreseen.hpp"

namespace pilotlight::simulate {
namespace {

constexpr auto forecast_age = std::chrono::seconds(10);
constexpr auto learning = std::chrono::days(14);

} // namespace

predictive_policy::predictive_policy(std::vector<decide::model_policy> rules,
                                     std::span<predict::predictor_settings const> settings, trace const& of)
    : reactive_policy(std::move(rules))
{
  auto const together = predict::new_fleet();
  for (std::size_t i = 0; i < of.models.size(); ++i) {
    models_.push_back(
        {predict::predictor(settings[i]), forecast_watch(of.begin, of.begin + learning), {}, false, false, {}, -1});
    models_.back().predictor.join(together);
  }
}

void predictive_policy::arrived(decide::model_index index, decide::instant when, std::uint64_t count)
{
  auto& one = models_[index];
  one.watch.pass(one.predictor, when);
  one.watch.arrived(when, count);
  one.predictor.arrived(when, count);
  one.called = true;
  one.asked = false;
}

/// While nothing is inside, prediction tells how to rest, and the autoscaler takes it there at once. The advice is
/// asked for anew when it has run out, and after each request.
void predictive_policy::foretell(decide::model_facts& facts, decide::instant now)
{
  auto& one = models_[facts.model];
  if (now >= one.expected_at + forecast_age || one.expected_at == instant()) {
    one.expected_at = now;
    one.expected = predict::trusted_rate(one.predictor.expect(now, predict::look_ahead(facts)));
  }
  facts.forecast_rate = one.expected;
  if (facts.waiting + facts.in_flight > 0 || facts.starting > 0) {
    facts.forecast_floor = decide::rung::zero;
    facts.learned_delay = duration(-1);
    one.asked = false;
    return;
  }
  if (!one.called) return; // nothing is known of it yet
  if (!one.asked || now >= one.resting.until) {
    one.resting = one.predictor.advise(now, now - facts.idle, facts.costs);
    one.asked = true;
  }
  predict::rest_by(one.resting, facts);
}

std::vector<decide::action> predictive_policy::tick(std::vector<decide::model_facts>& facts,
                                                    decide::node_facts const& node, decide::instant now)
{
  for (auto& one : facts)
    foretell(one, now);
  return reactive_policy::tick(facts, node, now);
}

decide::instant predictive_policy::wake(std::vector<decide::model_facts> const& facts, decide::instant now) const
{
  auto next = has_schedules() ? now + std::chrono::minutes(1) : decide::instant::max();
  for (auto const& one : facts) {
    auto const& known = models_[one.model];
    if (known.asked) next = std::min(next, std::max(known.resting.until, now));
    // An advice that was not carried out (something was still starting) is tried again soon.
    if (known.asked && one.at > std::max(known.resting.at, kept(one.model)))
      next = std::min(next, now + std::chrono::seconds(1));
  }
  return next;
}

std::vector<accuracy> predictive_policy::forecasts(instant end)
{
  for (auto& one : models_)
    one.watch.pass(one.predictor, end);
  return summed(false);
}

std::vector<accuracy> predictive_policy::late_forecasts() const
{
  return summed(true);
}

std::vector<accuracy> predictive_policy::summed(bool late) const
{
  auto sums = std::vector<accuracy>(forecast_watch::horizons.size());
  for (auto const& one : models_) {
    auto const& from = late ? one.watch.late() : one.watch.whole();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i].ahead = from[i].ahead;
      sums[i].error += from[i].error;
      sums[i].last_error += from[i].last_error;
      sums[i].actual += from[i].actual;
      sums[i].minutes += from[i].minutes;
    }
  }
  return sums;
}

} // namespace pilotlight::simulate
