#include "proxy/health/report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <ranges>

namespace pilotlight::health {
namespace json = boost::json;
namespace {

json::value or_null(std::optional<int> score)
{
  return score ? json::value(*score) : json::value(nullptr);
}

double seconds_between(instant from, instant to)
{
  return std::chrono::duration<double>(std::max(to - from, duration(0))).count();
}

double unix_seconds(instant when)
{
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

bool is_healthy(instance_report const& one)
{
  return one.ready && one.standing && one.standing->score() && one.standing->at() == level::healthy;
}

json::object check_json(check_standing const& one, instant now)
{
  return {{"score", one.score.value()},
          {"last_score", one.last->score},
          {"reason", one.last->sentence},
          {"age_seconds", seconds_between(one.when, now)}};
}

json::object instance_json(instance_report const& one, instant now)
{
  auto by_check = json::object();
  for (std::size_t i = 0; one.standing && i < checks; ++i) {
    auto const which = static_cast<check>(i);
    auto const& known = one.standing->of(which);
    by_check[to_string(which)] = known.last ? json::value(check_json(known, now)) : json::value(nullptr);
  }
  auto const judged = one.standing && one.standing->score();
  return {{"number", one.number},
          {"ready", one.ready},
          {"score", judged ? or_null(one.standing->score()) : json::value(nullptr)},
          {"level", judged ? json::value(to_string(one.standing->at())) : json::value(nullptr)},
          {"checks", std::move(by_check)}};
}

json::object model_json(model_report const& one, instant now)
{
  auto instances = json::array();
  for (auto const& each : one.instances)
    instances.push_back(instance_json(each, now));
  auto const judged = one.standing && one.standing->score();
  return {{"name", one.name},
          {"version", one.version},
          {"score", judged ? or_null(one.standing->score()) : json::value(nullptr)},
          {"level", judged ? json::value(to_string(one.standing->at())) : json::value(nullptr)},
          {"function", or_null(one.now.function)},
          {"accuracy", or_null(one.accuracy)},
          {"trust", to_string(one.trusted)},
          {"canary", one.canary},
          {"instances", std::move(instances)}};
}

json::object failure_json(failed_check const& one)
{
  return {{"time", unix_seconds(one.when)},    {"model", one.model},      {"instance", one.instance},
          {"check", to_string(one.what.what)}, {"score", one.what.score}, {"reason", one.what.sentence}};
}

} // namespace

void latest_failures::add(failed_check failed)
{
  std::erase_if(kept_, [&](failed_check const& each) {
    return each.model == failed.model && each.instance == failed.instance && each.what.what == failed.what.what &&
           each.what.score == failed.what.score;
  });
  if (kept_.size() == most_kept) kept_.pop_front();
  kept_.push_back(std::move(failed));
}

std::string_view status_of(service_report const& service)
{
  if (service.draining) return "draining";
  auto const unavailable = std::any_of(service.models.begin(), service.models.end(),
                                       [](model_report const& each) { return !each.unavailable.empty(); });
  auto const judged = service.standing && service.standing->score();
  if (!judged) return unavailable ? "degraded" : "idle";
  auto const at = service.standing->at();
  return to_string(unavailable ? std::max(at, level::degraded) : at);
}

json::object to_json(service_report const& service)
{
  auto models = json::array(), unavailable = json::array(), failures = json::array();
  std::size_t healthy = 0, total = 0, judged = 0;
  for (auto const& each : service.models) {
    models.push_back(model_json(each, service.now));
    if (!each.unavailable.empty())
      unavailable.push_back(json::object{{"name", each.name}, {"version", each.version}, {"reason", each.unavailable}});
    total += each.instances.size();
    healthy += static_cast<std::size_t>(std::count_if(each.instances.begin(), each.instances.end(), is_healthy));
    judged += each.standing && each.standing->score() ? 1 : 0;
  }
  if (service.failures)
    for (auto const& each : service.failures->all() | std::views::reverse)
      failures.push_back(failure_json(each));
  return {{"status", status_of(service)},
          {"score", service.standing ? or_null(service.standing->score()) : json::value(nullptr)},
          {"healthy_instances", healthy},
          {"total_instances", total},
          {"judged_models", judged},
          {"models", std::move(models)},
          {"unavailable_models", std::move(unavailable)},
          {"last_failures", std::move(failures)}};
}

} // namespace pilotlight::health
