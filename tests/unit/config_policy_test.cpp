#include "proxy/config/apply.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/load.hpp"
#include "proxy/config/policy_of.hpp"
#include "tests/unit/show_result.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::config;

namespace {

std::string problem_with(std::string const& when)
{
  auto const text = "[[autoscaling.schedules]]\nwhen = \"" + when + "\"";
  auto const loaded =
      read_settings(text, "p.toml", {}, [](std::string const&) { return std::optional<std::string>(); });
  return loaded ? "" : loaded.error().sentence;
}

} // namespace

TEST_CASE("policy: the defaults of the keys are those of the policies")
{
  auto plain = decide::model_policy();
  plain.name = "m";
  plain.shares_threads = true;
  CHECK(policy_of(model_limits(), {}, "m") == plain);
  CHECK(policy_of(settings()) == decide::node_policy());
  CHECK(predictor_of(model_limits()) == predict::predictor_settings());
  CHECK(policy_of(health_settings()) == health::policy());
}

TEST_CASE("policy: each key of health reaches its check")
{
  using namespace std::chrono_literals;
  auto const made = policy_of(health_settings{false, 1s, 2s, 3s, 4s, 5, 6});
  CHECK_FALSE(made.enabled);
  CHECK(made.intervals == std::array<health::duration, health::checks>{1s, 2s, 3s, 4s});
  CHECK(made.failure_threshold == 5);
  CHECK(made.recovery_threshold == 6);
}

TEST_CASE("policy: whatever the keys allow, up to the ends of their ranges, is a good policy")
{
  for (auto const& one : keys()) {
    if (one.where != reach::model || one.state != serving::served) continue;
    if (one.type != kind::integer && one.type != kind::number && one.type != kind::seconds) continue;
    for (auto const end : {one.allowed.least, one.allowed.most}) {
      auto into = reading();
      auto const content = one.type == kind::integer ? node(static_cast<std::int64_t>(end)) : node(end);
      one.place.store(into.values, *config::check(one, content), 0);
      find_contradictions(into);
      auto const good = decide::check(policy_of(into.values.limits, {}, "m"));
      CHECK_MESSAGE((good.has_value() || !into.problems.empty()), one.name, " = ", end);
    }
  }
}

TEST_CASE("policy: each limit reaches its field")
{
  auto limits = model_limits();
  limits.rest_at = decide::rung::model_zygote;
  limits.priority = 3;
  limits.worker_hours_per_month = 9;
  limits.refuse_over_budget = true;
  limits.max_batch_size = 8;
  limits.queue_length_max = 4;
  limits.panic_window = std::chrono::seconds(2);
  limits.panic_threshold = 3;
  limits.zero_scaling = false;
  auto const made = policy_of(limits, {}, "m");
  CHECK(made.warm_floor == decide::rung::model_zygote);
  CHECK(made.priority == 3);
  CHECK(made.worker_hours == 9);
  CHECK(made.refuse_over_budget);
  CHECK(made.parallel == 8);
  CHECK(made.thresholds.queue_length_max == 4);
  CHECK(made.panic_window == std::chrono::seconds(2));
  CHECK(!made.zero_scaling);
  CHECK(made.panic_threshold == 3);
  CHECK(made.threads == 1);
  limits.threads = 2;
  CHECK(policy_of(limits, {}, "m").threads == 2);
  limits.prediction_goal = predict::aim::less_memory;
  CHECK(predictor_of(limits).goal == predict::aim::less_memory);
}

TEST_CASE("policy: schedules of the model and of every model, with a floor that the model may have")
{
  using std::chrono::minutes;
  auto const windows = std::vector<schedule_settings>{{"m", "0 8 * * 1-5", std::chrono::seconds(90), 9, "-03:30"},
                                                      {"other", "Mon 08:00-09:00", std::chrono::hours(1), 1, "+00:00"},
                                                      {"", "Sat,Sun 22:00-06:00", std::chrono::hours(1), 2, "+01:00"}};
  auto const made = policy_of(model_limits(), windows, "m");
  REQUIRE(made.schedules.size() == 2);
  CHECK(made.schedules[0].text == "0 8 * * 1-5");
  CHECK(made.schedules[0].length == minutes(1));
  CHECK(made.schedules[0].offset == minutes(-210));
  CHECK(made.schedules[0].instances == 3);
  CHECK(made.schedules[1].length == minutes(8 * 60));
  CHECK(made.schedules[1].instances == 2);
  CHECK(decide::check(made).has_value());
}

TEST_CASE("policy: a schedule that cannot be read is a bad setting, told with line, key and what is wrong with it")
{
  for (auto const* good : {"Mon-Fri 08:00-18:00", "Mon 00:00-24:00", "Sat,Sun 22:00-06:00", "daily 08:00-09:00",
                           "0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1 1,6 0", "0 8 * JAN MON"})
    CHECK_MESSAGE(problem_with(good).empty(), good, " -> ", problem_with(good));
  for (auto const* bad : {"Mon-Fry 08:00-18:00", "Mon 8:00-18:00", "Mon 08:00-24:01", "Mon 08:60-09:00",
                          "Mon 08:00-08:00", "0 24 * * *", "60 0 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 8",
                          "*/0 * * * *", "5-1 * * * *", "a * * * *", "1, * * * *"}) {
    auto const told = problem_with(bad);
    CHECK_MESSAGE(told.starts_with("p.toml:2: 'autoscaling.schedules.when': "), bad, " -> ", told);
  }
  for (auto const* bad : {"", "Mon", "Mon  08:00-09:00", "0 0 * *", "0 0 * * * *", "@daily", " 0 0 * *"}) {
    auto const told = problem_with(bad);
    CHECK_MESSAGE(told.starts_with("p.toml:2: 'autoscaling.schedules.when' is "), bad, " -> ", told);
  }
}
