#include "proxy/health/report.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

instant const now{2'000s};
policy const usual{};

instance_standing judged(int basic)
{
  auto one = instance_standing();
  one.take({check::basic, basic, basic < 20, basic < 80 ? "its process is gone" : ""}, now - 3s, usual);
  return one;
}

score_standing scored(std::optional<int> score)
{
  auto one = score_standing();
  for (int i = 0; i < 3; ++i)
    one.take(score, usual);
  return one;
}

} // namespace

TEST_CASE("report: a node at zero is idle: not unhealthy, and not full of healthy instances")
{
  auto const none = score_standing();
  auto service = service_report{.standing = &none, .now = now};
  service.models.push_back({.name = "m", .version = "1", .standing = &none, .canary = "configured"});
  auto const told = to_json(service);
  CHECK(told.at("status") == "idle");
  CHECK(told.at("score").is_null());
  CHECK(told.at("healthy_instances") == 0);
  CHECK(told.at("total_instances") == 0);
  CHECK(told.at("judged_models") == 0);
  CHECK(told.at("models").at(0).at("level").is_null());
  CHECK(told.at("models").at(0).at("instances").as_array().empty());
}

TEST_CASE("report: only ready, judged and healthy instances count as healthy")
{
  auto const well = judged(100), gone = judged(0);
  auto const fresh = instance_standing();
  auto const model = scored(50), service_at = scored(79);
  auto service = service_report{.standing = &service_at, .now = now};
  service.models.push_back(
      {.name = "m",
       .version = "1",
       .now = {50, 50},
       .standing = &model,
       .accuracy = 100,
       .canary = "configured",
       .instances = {{1, true, &well}, {2, true, &gone}, {3, true, &fresh}, {4, false, &well}, {5}}});
  auto const told = to_json(service);
  CHECK(told.at("status") == "degraded");
  CHECK(told.at("score") == 79);
  CHECK(told.at("healthy_instances") == 1);
  CHECK(told.at("total_instances") == 5);
  auto const& shown = told.at("models").at(0);
  CHECK(shown.at("score") == 50);
  CHECK(shown.at("level") == "degraded");
  CHECK(shown.at("function") == 50);
  CHECK(shown.at("accuracy") == 100);
  CHECK(shown.at("trust") == "trusted");
  auto const& second = shown.at("instances").at(1);
  CHECK(second.at("level") == "critical");
  CHECK(second.at("checks").at("basic").at("reason") == "its process is gone");
  CHECK(second.at("checks").at("basic").at("age_seconds") == 3.0);
  CHECK(second.at("checks").at("functional").is_null());
  CHECK(shown.at("instances").at(2).at("score").is_null());
}

TEST_CASE("report: what cannot serve makes the service degraded at best; draining comes before all")
{
  auto const fine = scored(100), bad = scored(5), none = score_standing();
  auto service = service_report{.standing = &fine, .now = now};
  CHECK(status_of(service) == "healthy");
  service.models.push_back({.name = "m", .version = "1", .standing = &none, .unavailable = "it cannot be loaded"});
  CHECK(status_of(service) == "degraded");
  CHECK(to_json(service).at("unavailable_models").at(0).at("reason") == "it cannot be loaded");
  service.standing = &none;
  CHECK(status_of(service) == "degraded");
  service.standing = &bad;
  CHECK(status_of(service) == "critical");
  service.draining = true;
  CHECK(status_of(service) == "draining");
}

TEST_CASE("report: the latest failures come first, the same one once, and they are bounded")
{
  auto failures = latest_failures();
  auto const fails = [&](instant when, int instance) {
    failures.add({when, "m:1", instance, {check::basic, 0, true, "its process is gone"}});
  };
  for (int i = 0; i < 10; ++i)
    fails(now + i * 1s, 1);
  CHECK(failures.all().size() == 1);
  fails(now + 11s, 2);
  auto service = service_report{.failures = &failures, .now = now};
  auto const told = to_json(service);
  CHECK(told.at("last_failures").at(0).at("instance") == 2);
  CHECK(told.at("last_failures").at(1).at("time") == 2'009.0);
  CHECK(told.at("last_failures").at(1).at("check") == "basic");
  for (int i = 0; i < 1'000; ++i)
    fails(now, i);
  CHECK(failures.all().size() == latest_failures::most_kept);
}
