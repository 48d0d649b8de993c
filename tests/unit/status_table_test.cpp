#include "proxy/cli/status_table.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::cli;

TEST_CASE("status: models and instances as aligned rows, reasons below")
{
  auto const table =
      status_table(R"({"proxy": {"version": "0.1.0", "pid": 12, "uptime_seconds": 3725, "pss_bytes": 5976883,
    "connections": 3}, "models": [
      {"name": "minilm", "version": "1", "state": "Active", "reason": "", "rung": "instance",
       "ready_instances": 1, "desired_instances": 2, "p95_ms": 12.34, "health": 87, "pattern": "diurnal", "forecast_per_second": 0.5,
       "cost_savings_percent": 43.2, "instances": [
         {"name": "minilm:1/1", "pid": 99, "state": "ready", "in_flight": 2, "pss_bytes": 104857600, "uptime_seconds": 61}],
       "in_flight": 2, "held": 0, "requests": 1234, "failures": 1, "pss_bytes": 104857600, "next_try_seconds": 0},
      {"name": "bad", "version": "2", "state": "Failed", "reason": "no such\nfile", "instances": [], "in_flight": 0,
       "held": 0, "requests": 0, "failures": 0, "pss_bytes": 0, "next_try_seconds": 8}]})");
  REQUIRE(table.has_value());
  CHECK(*table == R"(pilotlight 0.1.0, pid 12, up 1 h 2 min, 5.7 MiB, 3 connections

MODEL         STATE   RUNG      READY  IN FLIGHT  HELD  REQUESTS  FAILURES      P95  HEALTH  PATTERN  FORECAST  SAVED     MEMORY
minilm:1      Active  instance    1/2          2     0      1234         1  12.3 ms      87  diurnal    0.50/s   43 %  100.0 MiB
  minilm:1/1  ready                            2                                                                       100.0 MiB  pid 99, up 1 min 1 s
bad:2         Failed  -             0          0     0         0         0        -       -  -               -      -    0.0 MiB

bad:2: no such file; next try in 8 s
)");
}

TEST_CASE("status: the statistics of the whole service in three lines, or none")
{
  auto const scaling = R"({"cost_savings_percent": 87.654, "worker_seconds": 3600, "always_on_seconds": 29160,
    "active_instances": 2, "loaded_models": 1, "scale_operations": 7, "prediction_accuracy_percent": null,
    "today": {"cost_savings_percent": 50, "cold_starts": 3}})";
  auto const performance = R"({"requests_per_second": 12.34, "avg_response_time_ms": 5, "p95_ms": 9.87, "p99_ms": 20,
    "error_rate_percent": 0.5, "cache_hit_rate_percent": 99})";
  CHECK(statistics_lines(scaling, performance) ==
        "saved     87.7 % of the worker-seconds of always-on (today 50.0 %): 1 h 0 min of 8 h 6 min\n"
        "scaling   2 instances of 1 models, today 7 scale operations, 3 cold starts; forecast accuracy -\n"
        "requests  12.3/s, mean 5.0 ms, p95 9.9 ms, p99 20.0 ms, errors 0.5 %, answered warm 99.0 %\n");
  CHECK(statistics_lines("<html>", performance).empty());
  CHECK(statistics_lines(scaling, "[]").empty());
}

TEST_CASE("status: the health of the whole service in a line, or none")
{
  CHECK(health_line(R"({"status": "healthy", "score": 97, "healthy_instances": 2, "total_instances": 2})") ==
        "health    healthy, score 97, 2 of 2 instances\n");
  CHECK(health_line(R"({"status": "idle", "score": null, "healthy_instances": 0, "total_instances": 0})") ==
        "health    idle, score -, 0 of 0 instances\n");
  CHECK(health_line("<html>").empty());
  CHECK(health_line("{}").empty());
}

TEST_CASE("status: what an answer lacks is a dash, not a failure")
{
  auto const table = status_table(R"({"models": [{"name": "a"}, 5]})");
  REQUIRE(table.has_value());
  CHECK(table->find("a:-") != std::string::npos);
  CHECK(status_table(R"({"models": []})")->ends_with("no models\n"));
}

TEST_CASE("status: what is no status is told")
{
  for (auto const* text : {"", "<html>", "[]", "{}", R"({"models": 1})"})
    CHECK_MESSAGE(!status_table(text), text);
}

TEST_CASE("status: durations and sizes")
{
  CHECK(shown_duration(0) == "0 s");
  CHECK(shown_duration(59.9) == "59 s");
  CHECK(shown_duration(185) == "3 min 5 s");
  CHECK(shown_duration(7200) == "2 h 0 min");
  CHECK(shown_duration(4 * 86400 + 3 * 3600) == "4 d 3 h");
  CHECK(shown_duration(-1) == "-");
  CHECK(shown_size(1048576) == "1.0 MiB");
}
