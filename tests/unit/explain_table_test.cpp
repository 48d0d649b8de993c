#include "proxy/cli/explain_table.hpp"
#include "proxy/cli/follow.hpp"

#include <doctest/doctest.h>
#include <sstream>
#include <vector>

using namespace pilotlight::cli;

namespace {

constexpr auto scale = R"({"number": 3, "time": "2026-11-24T12:00:01.123Z", "last_time": "2026-11-24T12:00:01.123Z",
  "times": 1, "model": "minilm:1", "action": "scale", "instances": 2, "reason": "7.2 requests inside over 6 s",
  "dry_run": false, "urgent": true,
  "facts": {"ready": 1, "starting": 0, "waiting": 5, "in_flight": 2, "concurrency": 7.21, "p95_seconds": 0.0123,
            "idle_seconds": 0},
  "forecast": {"requests_per_second": 1.5, "floor": "zero"}})";
constexpr auto rest = R"({"time": "2026-11-24T12:10:00.000Z", "times": 4, "action": "rest", "to": "zero",
  "reason": "idle\nfor \u001b[2J long", "dry_run": true, "facts": {"ready": 0, "idle_seconds": 301},
  "forecast": {"requests_per_second": null}})";

} // namespace

TEST_CASE("explain: decisions as aligned rows with their figures, and nothing that moves a cursor")
{
  auto const table = explain_table(std::string(R"({"decisions": [)") + scale + "," + rest + "]}", "minilm");
  REQUIRE(table.has_value());
  CHECK(
      *table ==
      R"(TIME (UTC)           ACTION                           FIGURES                                                                    REASON
2026-11-24 12:00:01  scale to 2, urgent               1 ready, 5 waiting, 2 in flight, 7.2 inside, p95 12.3 ms, forecast 1.50/s  7.2 requests inside over 6 s
2026-11-24 12:10:00  rest at zero (dry run), 4 times  0 ready, idle 5 min 1 s                                                    idle for  [2J long
)");
}

TEST_CASE("explain: what an answer lacks is left out, and no decision is told")
{
  CHECK(*explain_table(R"({"decisions": [{}, 5]})", "m") ==
        "TIME (UTC)  ACTION  FIGURES  REASON\n-           -       -        -\n");
  CHECK(*explain_table(R"({"decisions": []})", "m:1") == "nothing was decided yet about m:1\n");
  for (auto const* text : {"", "<html>", "[]", "{}", R"({"decisions": 1})"})
    CHECK_FALSE(explain_table(text, "m").has_value());
  CHECK(
      *decision_line(R"({"time": "2026-11-24T12:00:01.123Z", "action": "replace", "instance": 3, "reason": "hung"})") ==
      "2026-11-24 12:00:01  replace 3  -  hung");
  CHECK_FALSE(decision_line("5").has_value());
}

TEST_CASE("follow: events are read as the standard has them")
{
  auto in =
      std::istringstream(": still here\n\nid: 7\nevent: decision\ndata: {\"a\":1}\n\nid: 8\r\nevent: decision\r\n"
                         "data: one\r\ndata:two\r\n\r\ndata: unnamed\n\nevent: nothing\n\nevent: closing\ndata: {}\n\n"
                         "event: decision\ndata: too late\n\n");
  auto got = std::vector<std::pair<std::string, std::string>>();
  auto lines = 0;
  CHECK(read_events(
      in,
      [&](event const& one) {
        got.emplace_back(one.name, one.data);
        return true;
      },
      [&] { ++lines; }));
  auto const wanted = std::vector<std::pair<std::string, std::string>>{
      {"decision", "{\"a\":1}"}, {"decision", "one\ntwo"}, {"message", "unnamed"}, {"closing", "{}"}};
  CHECK(got == wanted);
  CHECK(lines == 18);
}

TEST_CASE("follow: a stream that is cut is told, and what was cut is no event")
{
  auto count = 0;
  auto const show = [&](event const&) {
    ++count;
    return true;
  };
  auto cut = std::istringstream("data: whole\n\ndata: half");
  CHECK_FALSE(read_events(cut, show));
  CHECK(count == 1);
  auto endless = std::istringstream("data: a\n\ndata: b\n\n");
  CHECK(read_events(endless, [&](event const&) { return false; }));
}
