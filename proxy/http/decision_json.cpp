#include "proxy/http/decision_json.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <string>

namespace pilotlight::http {

using namespace decide; // NOLINT(google-build-using-namespace): it renders their structs

namespace {

namespace json = boost::json;

std::string rfc3339(instant when)
{
  auto const day = std::chrono::floor<std::chrono::days>(when);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const time(std::chrono::floor<std::chrono::milliseconds>(when - day));
  std::array<char, 64> text{};
  int const length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

/// Negative: unknown.
json::value seconds(duration time)
{
  if (time < duration::zero()) return nullptr;
  return std::chrono::duration<double>(time).count();
}

json::object facts_of(facts_then const& facts)
{
  return {{"rung", to_string(facts.at)},
          {"ready", facts.ready},
          {"starting", facts.starting},
          {"draining", facts.draining},
          {"waiting", facts.waiting},
          {"in_flight", facts.in_flight},
          {"concurrency", facts.concurrency},
          {"p95_seconds", seconds(facts.p95)},
          {"service_seconds", seconds(facts.service)},
          {"idle_seconds", seconds(facts.idle)},
          {"cores", facts.cores}};
}

json::object forecast_of(facts_then const& facts)
{
  json::value rate = nullptr;
  if (facts.forecast_rate >= 0) rate = facts.forecast_rate;
  json::value why = nullptr;
  if (!facts.advice.empty()) why = facts.advice;
  return {{"requests_per_second", rate},
          {"floor", to_string(facts.forecast_floor)},
          {"floor_holds_seconds", seconds(facts.advice_holds)},
          {"why", why}};
}

} // namespace

json::value to_json(decide::decision const& one, std::string_view model)
{
  json::object text{{"number", one.number},
                    {"time", rfc3339(one.first)},
                    {"last_time", rfc3339(one.last)},
                    {"times", one.times},
                    {"model", model},
                    {"action", to_string(one.what.what)},
                    {"reason", one.what.reason},
                    {"dry_run", one.what.dry_run},
                    {"urgent", one.what.urgent}};
  switch (one.what.what) {
  case action_kind::scale: text["instances"] = one.what.instances; break;
  case action_kind::rest: text["to"] = to_string(one.what.to); break;
  case action_kind::replace:
  case action_kind::share:
  case action_kind::optimise: text["instance"] = one.what.number; break;
  case action_kind::reweigh: text["weights"] = json::array(one.what.weights.begin(), one.what.weights.end()); break;
  case action_kind::evict:
  case action_kind::reload:
  case action_kind::readmit:
  case action_kind::take_out:
  case action_kind::refuse: break;
  }
  text["facts"] = facts_of(one.facts);
  text["forecast"] = forecast_of(one.facts);
  return text;
}

} // namespace pilotlight::http
