#include "proxy/decide/decision_log.hpp"
#include "proxy/http/decision_json.hpp"

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

using namespace pilotlight::decide;
using pilotlight::http::to_json;
using namespace std::chrono_literals;

namespace {

constexpr instant start{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 90'061s};

action refusal(model_index model, std::string reason)
{
  action one;
  one.model = model;
  one.reason = std::move(reason);
  return one;
}

action scaled(model_index model, int to)
{
  action one;
  one.model = model;
  one.what = action_kind::scale;
  one.instances = to;
  one.reason = "load";
  return one;
}

} // namespace

TEST_CASE("decision log: repetitions become one line with a count and the newest figures")
{
  decision_log log;
  for (int second = 0; second < 90; ++second) {
    std::vector<action> const actions{refusal(1, "short of " + std::to_string(second) + " MiB")};
    auto const fresh = log.note(actions, {}, start + second * 1s);
    CHECK(fresh.size() == (second == 0 ? 1 : 0));
  }
  REQUIRE(log.of(1).size() == 1);
  CHECK(log.of(1)[0].times == 90);
  CHECK(log.of(1)[0].what.reason == "short of 89 MiB");
  CHECK(log.of(1)[0].first == start);
  CHECK(log.of(1)[0].last == start + 89s);
  std::vector<action> const later{refusal(1, "again")};
  CHECK(log.note(later, {}, start + 200s).size() == 1); // after a minute of silence it is news
  CHECK(log.of(7).empty());
}

TEST_CASE("decision log: two that come together each second are two lines with a count; a flap is none of those")
{
  decision_log log;
  for (int second = 0; second < 30; ++second) {
    std::vector<action> const actions{scaled(1, 2), refusal(1, "3 wanted")};
    CHECK(log.note(actions, {}, start + second * 1s).size() == (second == 0 ? 2 : 0));
  }
  REQUIRE(log.of(1).size() == 2);
  CHECK(log.of(1)[0].times == 30);
  CHECK(log.of(1)[1].times == 30);
  for (int second = 30; second < 36; ++second)
    CHECK(log.note(std::vector{scaled(1, second % 2 + 1)}, {}, start + second * 1s).size() == 1);
  CHECK(log.of(1).size() == 8);
}

TEST_CASE("decision log: fewer may be kept from now on")
{
  decision_log log(10);
  for (int i = 1; i <= 10; ++i)
    log.note(std::vector{scaled(1, i)}, {}, start + i * 1s);
  CHECK(log.of(1).size() == 10);
  log.keep(3);
  log.note(std::vector{scaled(1, 11)}, {}, start + 11s);
  REQUIRE(log.of(1).size() == 3);
  CHECK(log.of(1).back().what.instances == 11);
}

TEST_CASE("decision log: keeps the newest of each model and numbers them all")
{
  decision_log log(3);
  for (int i = 1; i <= 5; ++i) {
    std::vector<action> const actions{scaled(0, i), scaled(2, 10 + i)};
    CHECK(log.note(actions, {}, start + i * 1s).size() == 2);
  }
  REQUIRE(log.of(0).size() == 3);
  CHECK(log.of(0).front().what.instances == 3);
  CHECK(log.newest() == 10);
  auto const after = log.after(7, 100);
  REQUIRE(after.size() == 3);
  CHECK(after[0].number == 8);
  CHECK(after[2].number == 10);
  CHECK(log.after(0, 2).size() == 2);
  CHECK(log.after(0, 2)[1].number == 10);
  CHECK(log.after(10, 5).empty());
}

TEST_CASE("decision log: told to keep fewer, it drops the oldest; told to keep more, it goes on")
{
  decision_log log(5);
  auto const note = [&](int from, int to) {
    for (int i = from; i <= to; ++i) {
      std::vector<action> const actions{scaled(0, i)};
      log.note(actions, {}, start + i * 1s);
    }
  };
  note(1, 5);
  log.keep(2);
  REQUIRE(log.of(0).size() == 2);
  CHECK(log.of(0).front().what.instances == 4);
  log.keep(3);
  note(6, 8);
  REQUIRE(log.of(0).size() == 3);
  CHECK(log.of(0).front().what.instances == 6);
}

TEST_CASE("decision log: a decision as JSON")
{
  decision_log log;
  model_facts facts;
  facts.model = 4;
  facts.ready = 2;
  facts.waiting = 12;
  facts.p95 = 1500ms;
  facts.at = rung::instance;
  std::vector<action> const actions{scaled(4, 3)};
  log.note(actions, std::span(&facts, 1), start);
  auto const text = to_json(log.of(4).front(), "minilm").as_object();
  CHECK(text.at("time").as_string() == "2026-11-25T01:01:01.000Z");
  CHECK(text.at("model").as_string() == "minilm");
  CHECK(text.at("action").as_string() == "scale");
  CHECK(text.at("instances").as_int64() == 3);
  CHECK_FALSE(text.contains("to"));
  CHECK(text.at("facts").as_object().at("p95_seconds").as_double() == doctest::Approx(1.5));
  CHECK(text.at("facts").as_object().at("rung").as_string() == "instance");
  CHECK(text.at("forecast").as_object().at("requests_per_second").is_null());
  CHECK(text.at("forecast").as_object().at("floor_holds_seconds").is_null());
}
