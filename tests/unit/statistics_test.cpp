#include "proxy/collect/metrics.hpp"
#include "proxy/http/statistics_json.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <set>
#include <sstream>

using namespace pilotlight;
using namespace pilotlight::collect;
using namespace std::chrono_literals;

namespace {

moment at(std::chrono::microseconds since)
{
  return {std::chrono::steady_clock::time_point(1h) + since, instant(24h * 20'000 + 10h) + since};
}

/// Two models: one that was started once and answered, one that nobody called.
fleet_report report()
{
  auto meter = model_meter(at(0s));
  meter.cold_start(at(10s).wall);
  meter.holds(at(10s).wall, 1, std::uint64_t{100} << 20);
  for (int i = 0; i < 100; ++i) {
    meter.arrived(at(20s).steady);
    meter.answered(at(20s), std::chrono::milliseconds(i + 1), i >= 10);
  }
  meter.arrived(at(20s).steady);
  meter.failed(at(20s).steady, false);
  meter.arrived(at(20s).steady);
  meter.failed(at(20s).steady, true);
  meter.holds(at(30s).wall, 0, 0);
  meter.scaled(at(30s).wall);

  auto busy = model_report();
  busy.name = "busy";
  busy.version = "1";
  busy.state = "Active";
  busy.at = busy.wanted = decide::rung::instance;
  busy.loaded = true;
  busy.ready = 1;
  busy.desired = 2;
  busy.succeeded = 100;
  busy.errors = 1;
  busy.forecast_rate = 2.5;
  busy.forecast_error = 0.1;
  add_measured(busy, meter, at(40s));
  auto silent = model_report();
  silent.name = "si\"lent\\";
  silent.version = "7";
  silent.state = "Zero";
  auto unused = model_meter(at(0s));
  add_measured(silent, unused, at(40s));
  auto whole = fleet_report();
  whole.models = {busy, silent};
  whole.service.node.gpus = {{50, 1'000, 500}};
  return whole;
}

double number(boost::json::value const& in, std::string_view pointer)
{
  return in.at_pointer(pointer).to_number<double>();
}

} // namespace

TEST_CASE("statistics: scaling and savings, per model and in total")
{
  auto const stats = http::autoscaling_stats_json(report());
  CHECK(number(stats, "/active_instances") == 1);
  CHECK(number(stats, "/loaded_models") == 1);
  CHECK(number(stats, "/scale_operations") == 1);
  CHECK(number(stats, "/cold_starts") == 1);
  CHECK(number(stats, "/worker_seconds") == doctest::Approx(20));
  CHECK(number(stats, "/always_on_seconds") == doctest::Approx(80));
  CHECK(number(stats, "/cost_savings_percent") == doctest::Approx(75));
  CHECK(number(stats, "/prediction_accuracy_percent") == doctest::Approx(90));
  CHECK(number(stats, "/models/0/cost_savings_percent") == doctest::Approx(50));
  CHECK(number(stats, "/models/1/cost_savings_percent") == doctest::Approx(100));
  CHECK(number(stats, "/models/0/desired_instances") == 2);
  CHECK(stats.at_pointer("/models/1/prediction/requests_per_second").is_null());
  CHECK(stats.at_pointer("/budget/worker_hours_used").is_null());
}

TEST_CASE("statistics: performance of the last minute, per model and in total")
{
  auto const stats = http::performance_json(report());
  for (std::string const where : {"", "/models/0"}) {
    CAPTURE(where);
    CHECK(number(stats, where + "/avg_response_time_ms") == doctest::Approx(50.5));
    CHECK(number(stats, where + "/p50_ms") == doctest::Approx(50).epsilon(0.02));
    CHECK(number(stats, where + "/p95_ms") == doctest::Approx(95).epsilon(0.02));
    CHECK(number(stats, where + "/p99_ms") == doctest::Approx(99).epsilon(0.02));
    CHECK(number(stats, where + "/max_ms") == 100);
    CHECK(number(stats, where + "/requests_per_second") == doctest::Approx(2.5));
    CHECK(number(stats, where + "/error_rate_percent") ==
          doctest::Approx(100.0 / 101).epsilon(0.001)); // not the one that left
    CHECK(number(stats, where + "/cache_hit_rate_percent") == doctest::Approx(90));
  }
  CHECK(number(stats, "/models/1/requests_per_second") == 0);
  CHECK(number(stats, "/node/gpus/0/used_percent") == 50);
}

TEST_CASE("statistics: with no model at all there is no division by nothing")
{
  auto const none = fleet_report();
  CHECK(number(http::autoscaling_stats_json(none), "/cost_savings_percent") == 0);
  CHECK(number(http::performance_json(none), "/p99_ms") == 0);
  CHECK(metrics_text(none).find("pilotlight_uptime_seconds 0") != std::string::npos);
}

TEST_CASE("metrics: every family has its help and type, labels are few and escaped, and the unknown is left out")
{
  auto const text = metrics_text(report());
  auto in = std::istringstream(text);
  auto line = std::string();
  auto helped = std::set<std::string>(), typed = std::set<std::string>();
  auto samples = 0;
  while (std::getline(in, line)) {
    auto words = std::istringstream(line);
    auto first = std::string(), second = std::string(), third = std::string();
    words >> first >> second >> third;
    if (second == "HELP") CHECK(helped.insert(third).second);
    if (second == "TYPE") CHECK(typed.insert(third).second);
    if (first == "#") continue;
    ++samples;
    auto const name = first.substr(0, first.find('{'));
    CHECK(name.starts_with("pilotlight_"));
  }
  CHECK(helped == typed);
  CHECK(samples > 80);
  CHECK(text.find("pilotlight_request_duration_seconds_bucket{model=\"busy\",version=\"1\",le=\"0.05\"} 50") !=
        std::string::npos);
  CHECK(text.find("pilotlight_request_duration_seconds_bucket{model=\"busy\",version=\"1\",le=\"+Inf\"} 100") !=
        std::string::npos);
  CHECK(text.find("model=\"si\\\"lent\\\\\"") != std::string::npos);
  CHECK(text.find("pilotlight_forecast_error_ratio{model=\"busy\",version=\"1\"} 0.1") != std::string::npos);
  CHECK(text.find("pilotlight_forecast_error_ratio{model=\"si") == std::string::npos);
  CHECK(text.find("pilotlight_budget") == std::string::npos);
  CHECK(text.find("pilotlight_gpu_used_ratio{gpu=\"0\"} 0.5") != std::string::npos);
}
