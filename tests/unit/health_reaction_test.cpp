#include "proxy/health/reaction.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <set>
#include <string>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

constexpr level all_levels[] = {level::healthy, level::degraded, level::unhealthy, level::critical};
constexpr trust all_trusts[] = {trust::trusted, trust::reloading, trust::on_trial, trust::out_of_service};
constexpr evidence all_evidence[] = {evidence::right, evidence::wrong, evidence::reloaded, evidence::untested};
instant const now{1'000s};

level_change change(level from, level to)
{
  constexpr int scores[levels] = {95, 60, 30, 5};
  return {from, to, scores[static_cast<std::size_t>(to)], "its median compute time is 30 ms, normal is 10 ms"};
}

/// Another one can stand in, and there is room.
instance_situation usual()
{
  return {.model = "m:1", .number = 2, .ready_elsewhere = 2, .room = true, .now = now};
}

/// "share 0.5, optimise; warning": kinds of actions in order, severities of alerts.
std::string shown(reaction const& of)
{
  auto text = std::string();
  for (auto const& each : of.actions) {
    text += (text.empty() ? "" : ", ") + std::string(to_string(each.what));
    if (each.what == action_kind::share) text += " " + std::to_string(each.share).substr(0, 3);
    if (each.urgent) text += "!";
  }
  for (auto const& each : of.alerts)
    text += (text.empty() ? "" : "; ") + std::string(to_string(each.how));
  return text;
}

} // namespace

TEST_CASE("reaction: every change of an instance's level")
{
  std::string const restored = "share 1.0", spared = "share 0.5, optimise", relieved = "share 0.5",
                    retired = "share 0.0, replace; warning", ended = "share 0.0!, restart!; warning", none;
  std::string const table[levels][levels] = {
      // to healthy, degraded, unhealthy, critical
      {none, spared, retired, ended},
      {restored, none, retired, ended},
      {restored + "; info", relieved, none, ended},
      {restored + "; info", relieved, none, none},
  };
  auto around = usual();
  around.certain = true;
  for (auto const from : all_levels)
    for (auto const to : all_levels) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(to));
      CHECK(shown(react_instance(change(from, to), around)) ==
            table[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]);
    }
}

TEST_CASE("reaction: every action carries its reason and its instance, every alert its figures")
{
  for (auto const from : all_levels)
    for (auto const to : all_levels) {
      auto const found = react_instance(change(from, to), usual());
      for (auto const& each : found.actions) {
        CHECK(each.number == 2);
        CHECK(each.reason.starts_with("its median compute time is 30 ms, normal is 10 ms (score "));
      }
      for (auto const& each : found.alerts) {
        CHECK(each.model == "m:1");
        CHECK(each.topic == "instance");
        CHECK(each.when == now);
        CHECK(each.sentence.starts_with("instance m:1/2 is "));
      }
    }
  CHECK(react_instance(change(level::healthy, level::unhealthy), usual()).alerts.at(0).sentence ==
        "instance m:1/2 is unhealthy and is replaced: its median compute time is 30 ms, normal is 10 ms (score 30, "
        "healthy to unhealthy)");
}

TEST_CASE("reaction: an unhealthy instance goes by what surrounds it")
{
  auto const sick = change(level::degraded, level::unhealthy);
  auto around = usual();
  around.ready_elsewhere = 0;
  CHECK(shown(react_instance(sick, around)) == "share 0.1, replace; warning"); // the only one serves until then
  around.room = false;
  CHECK(shown(react_instance(sick, around)) == "share 0.1, restart; warning");
  around = usual();
  around.room = false;
  CHECK(shown(react_instance(sick, around)) == "share 0.0, restart; warning");
  around.sequence = true;
  CHECK(shown(react_instance(sick, around)) == "share 0.0; warning");
  around = usual();
  around.replaced_lately = most_replacements;
  CHECK(shown(react_instance(sick, around)) == "share 0.0; warning"); // no replacing in a loop
  around.again = true;
  CHECK(shown(react_instance(sick, around)) == "share 0.0"); // nor telling in a loop
  around.replaced_lately = 0;
  CHECK(shown(react_instance(sick, around)) == "share 0.0, replace; warning"); // and it is tried again later
  around.model_reloads = true;
  CHECK(shown(react_instance(sick, around)).empty());
}

TEST_CASE("reaction: a critical instance is ended at once, whoever else there is; one that is gone is only told")
{
  auto const hung = change(level::healthy, level::critical);
  auto around = usual();
  around.certain = true;
  around.sequence = true;
  around.replaced_lately = 100;
  CHECK(shown(react_instance(hung, around)) == "share 0.0!, restart!; warning");
  around.ready_elsewhere = 0;
  CHECK(shown(react_instance(hung, around)) == "share 0.0!, restart!; critical");
  around.gone = true;
  CHECK(shown(react_instance(hung, around)) == "critical");
}

TEST_CASE("reaction: every change of a model's level")
{
  std::string const none, scaled = "emergency_scale!; critical";
  std::string const table[levels][levels] = {
      {none, none, "warning", scaled},
      {none, none, "warning", scaled},
      {"info", "info", none, scaled},
      {"info", "info", none, none},
  };
  for (auto const from : all_levels)
    for (auto const to : all_levels) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(to));
      if (from == to) continue;
      CHECK(shown(react_model(change(from, to), {.model = "m:1", .room = true, .now = now})) ==
            table[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]);
    }
}

TEST_CASE("reaction: where one more instance would not help, a critical model is only told")
{
  auto const sick = change(level::healthy, level::critical);
  CHECK(
      react_model(sick, {.model = "m:1", .cannot_start = true, .room = true}).alerts.at(0).sentence ==
      "model m:1 is critical and cannot start: its median compute time is 30 ms, normal is 10 ms (score 5, healthy to "
      "critical)");
  CHECK(shown(react_model(sick, {.model = "m:1", .out_of_service = true, .room = true})) == "critical");
  CHECK(shown(react_model(sick, {.model = "m:1", .room = false})) == "critical");
}

TEST_CASE("reaction: the service is told of, with the severity of its level")
{
  CHECK(shown(react_service(change(level::healthy, level::degraded), now)) == "warning");
  CHECK(shown(react_service(change(level::healthy, level::critical), now)) == "critical");
  CHECK(shown(react_service(change(level::critical, level::degraded), now)) == "info");
  CHECK(react_service({level::healthy, level::degraded, 79, {}}, now).alerts.at(0).sentence ==
        "the service is degraded: score 79, healthy to degraded");
}

TEST_CASE("trust: every cell")
{
  using enum trust;
  using act = trust_action;
  trust_step const table[trusts][evidences] = {
      {{trusted, act::none}, {reloading, act::reload}, {trusted, act::none}, {trusted, act::none}},
      {{reloading, act::none}, {reloading, act::none}, {on_trial, act::ask}, {reloading, act::none}},
      {{trusted, act::readmit}, {out_of_service, act::take_out}, {on_trial, act::ask}, {trusted, act::readmit}},
      {{out_of_service, act::none}, {out_of_service, act::none}, {on_trial, act::ask}, {out_of_service, act::none}},
  };
  for (auto const at : all_trusts)
    for (auto const seen : all_evidence)
      CHECK(next(at, seen) == table[static_cast<std::size_t>(at)][static_cast<std::size_t>(seen)]);
}

TEST_CASE("trust: a failed canary is told and the model loaded anew; failing again takes it out; a load brings it back")
{
  auto const say = [](trust at, evidence seen) { return shown(react_trust(at, seen, "m:1", "wrong by 2", now)); };
  CHECK(say(trust::trusted, evidence::wrong) == "reload!; warning");
  CHECK(say(trust::reloading, evidence::reloaded) == "ask_canary!");
  CHECK(say(trust::on_trial, evidence::right) == "readmit!; info");
  CHECK(say(trust::on_trial, evidence::wrong) == "refuse_service!; critical");
  CHECK(say(trust::out_of_service, evidence::right).empty());
  CHECK(say(trust::out_of_service, evidence::reloaded) == "ask_canary!");
  auto const told = react_trust(trust::on_trial, evidence::wrong, "m:1", "wrong by 2", now).alerts.at(0);
  CHECK(told.topic == "quality");
  CHECK(told.sentence == "model m:1 is out of service until it is loaded by hand, or a new file of it is taken up "
                         "(SIGHUP), since its canary "
                         "failed again after the reload: wrong by 2");
}

TEST_CASE("trust: property: only a load leads out of out_of_service; from everywhere a load and a right answer do")
{
  auto random = std::mt19937_64(15);
  for (int run = 0; run < 1'000; ++run) {
    auto at = trust::trusted;
    for (int i = 0; i < 30; ++i) {
      auto const seen = all_evidence[random() % evidences];
      auto const step = next(at, seen);
      if (at == trust::out_of_service) CHECK((step.to == at || seen == evidence::reloaded));
      if (step.to == trust::out_of_service && at != step.to) CHECK(at == trust::on_trial);
      at = step.to;
    }
    CHECK(next(next(at, evidence::reloaded).to, evidence::right).to == trust::trusted);
  }
}
