#include "proxy/decide/policy.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <string>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

TEST_CASE("policy: the defaults are good, and each contradiction is named by its key")
{
  CHECK(check(model_policy{}).has_value());
  CHECK(check(node_policy{}).has_value());
  struct one
  {
    std::string_view key;
    std::function<void(model_policy&)> spoil;
  };
  one const table[] = {
      {"max_instances", [](auto& p) { p.max_instances = 0; }},
      {"min_instances", [](auto& p) { p.min_instances = -1; }},
      {"min_instances", [](auto& p) { p.min_instances = 4; }},
      {"worker_hours", [](auto& p) { p.worker_hours = -1; }},
      {"cpu_scale_up", [](auto& p) { p.thresholds.cpu_scale_up = 100; }},
      {"cpu_scale_down", [](auto& p) { p.thresholds.cpu_scale_down = 0; }},
      {"cpu_scale_down must be below cpu_scale_up", [](auto& p) { p.thresholds.cpu_scale_down = 70; }},
      {"memory_scale_up", [](auto& p) { p.thresholds.memory_scale_up = 101; }},
      {"response_time_max", [](auto& p) { p.thresholds.response_time_max = 0s; }},
      {"queue_length_max", [](auto& p) { p.thresholds.queue_length_max = 0; }},
      {"target_concurrency", [](auto& p) { p.target_concurrency = -1; }},
      {"target_utilisation", [](auto& p) { p.target_utilisation = 1; }},
      {"max_batch_size", [](auto& p) { p.parallel = 0; }},
      {"threads", [](auto& p) { p.threads = 0; }},
      {"panic_window", [](auto& p) { p.panic_window = 0s; }},
      {"panic_window", [](auto& p) { p.panic_window = 61s; }},
      {"stabilisation_window", [](auto& p) { p.stabilisation = -1s; }},
      {"scale_up_cooldown", [](auto& p) { p.up_cooldown = -1s; }},
      {"scale_down_cooldown", [](auto& p) { p.down_cooldown = -1s; }},
      {"scale_to_zero_delay", [](auto& p) { p.scale_to_zero_delay = -1s; }},
      {"schedule \"Mon 08:00-09:00\"",
       [](auto& p) { p.schedules.push_back(*parse_schedule("s", "Mon 08:00-09:00", 0min, 0min, 9)); }},
  };
  for (auto const& row : table) {
    model_policy policy;
    row.spoil(policy);
    auto const checked = check(policy);
    CAPTURE(std::string(row.key));
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().sentence.find(row.key) != std::string::npos);
  }
  CHECK_FALSE(check(node_policy{0, 5}).has_value());
  CHECK_FALSE(check(node_policy{2, 0}).has_value());
}
