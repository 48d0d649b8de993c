// What the control loop can be asked: its last decisions, and everything that is measured.
#include "proxy/collect/pool_report.hpp"
#include "proxy/control/loop.hpp"
#include "proxy/http/decision_json.hpp"
#include "proxy/predict/foreseen.hpp"

#include <algorithm>

namespace pilotlight::control {
namespace {

std::string_view to_string(predict::pattern which)
{
  constexpr std::string_view names[] = {"unknown", "periodic", "diurnal", "bursty", "rare", "steady"};
  return names[static_cast<std::size_t>(which)];
}

} // namespace

boost::json::array loop::decisions(std::string const& model, std::string const& version, std::size_t limit) const
{
  auto found = std::vector<decide::decision const*>();
  for (auto const* each : by_index_) {
    auto const& spec = each->spec();
    if ((!model.empty() && spec.name != model) || (!version.empty() && spec.version != version)) continue;
    for (auto const& one : log_.of(each->index()))
      found.push_back(&one);
  }
  std::sort(found.begin(), found.end(), [](auto const* one, auto const* other) { return one->number < other->number; });
  auto all = boost::json::array();
  for (auto i = found.size() > limit ? found.size() - limit : 0; i < found.size(); ++i)
    all.push_back(http::to_json(*found[i], by_index_[found[i]->what.model]->spec().key));
  return all;
}

collect::fleet_report loop::report()
{
  auto const now = clock::now();
  auto all = collect::fleet_report();
  auto hours = 0.0;
  auto budget = 0.0;
  for (auto* each : by_index_) {
    auto& one = all.models.emplace_back(collect::report_of(*each));
    auto const quick = quick_facts_of(*each, now);
    one.at = quick.at;
    one.wanted = each->begun() && each->wanted() > 0 ? decide::rung::instance : each->resting();
    one.desired = each->begun() ? each->wanted() : 0;
    one.oldest_wait = std::chrono::duration<double>(quick.oldest_wait).count();
    one.health = each->health_score();
    one.load = to_string(autoscaler_.level(each->index()));
    one.panic = autoscaler_.panicking(each->index(), models_.wall().at(now));
    for (auto const pid : processes_of(*each)) {
      one.cores += usage_.of(pid).cores;
      one.bytes += usage_.of(pid).pss;
    }
    if (auto* const counted = each->counted()) {
      collect::add_measured(one, *counted, models_.wall().both(now));
    } else { // never called, never started
      auto nothing = collect::savings_meter(each->known_since());
      one.today = nothing.today(models_.wall().at(now));
      one.since_start = nothing.since_start(models_.wall().at(now));
    }
    if (auto const* known = learning_.of(*each)) {
      one.pattern = to_string(known->named());
      auto const next = known->expect(models_.wall().at(now), predict::shortest_ahead);
      one.forecast_rate = next.rate;
      one.forecast_error = next.error;
    }
    if (auto const allowed = each->spec().toml.limits.worker_hours_per_month; allowed > 0) {
      hours += autoscaler_.used_worker_hours(each->index(), models_.wall().at(now));
      budget += allowed;
    }
  }
  all.service.decisions = log_.newest();
  all.service.tick_seconds = std::chrono::duration<double>(tick_took_).count();
  if (budget > 0) {
    all.service.budget = budget;
    all.service.budget_used = hours;
  }
  all.service.history_saves = history_.saves();
  all.service.history_failures = history_.failures();
  return all;
}

} // namespace pilotlight::control
