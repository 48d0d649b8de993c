#include "proxy/health/heartbeat.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

instant const start{1'000s};
policy const usual{};
vital_signs const quiet{.execution_timeout = 60s};

vital_signs executing(duration time, duration timeout = 60s)
{
  return {.executing = time, .execution_timeout = timeout};
}

} // namespace

TEST_CASE("heartbeat: answered is alive, and its time is known")
{
  auto watch = heartbeat_watch();
  CHECK(watch.may_send());
  watch.sent(start);
  CHECK_FALSE(watch.may_send());
  CHECK(watch.look(quiet, start + 1s, usual) == liveness::alive);
  watch.answered(start + 1200us);
  CHECK(watch.may_send());
  CHECK(watch.round_trip() == 1200us);
  CHECK(watch.look(quiet, start + 1h, usual) == liveness::alive); // nothing is asked: nothing is missing
}

TEST_CASE("heartbeat: unanswered while it executes nothing is hung within the deadline and two ticks")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  auto found = instant::max();
  for (auto now = start; found == instant::max() && now < start + 60s; now += 1s)
    if (watch.look(quiet, now, usual) == liveness::hung) found = now;
  CHECK(found <= start + usual.heartbeat_deadline + 2s);
  CHECK(found >= start + usual.heartbeat_deadline);
}

TEST_CASE("heartbeat: a busy instance is not a dead one, however long its heartbeat waits")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  for (auto time = 0s; time <= 60s; time += 1s)
    CHECK(watch.look(executing(time), start + time, usual) == liveness::busy);
  CHECK(watch.look(executing(60s + 1us), start + 61s, usual) == liveness::hung);
}

TEST_CASE("heartbeat: with execution_timeout = 0 a forward may run for ever")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  for (auto time = 0h; time < 48h; time += 1h)
    CHECK(watch.look(executing(time, 0s), start + time, usual) == liveness::busy);
}

TEST_CASE("heartbeat: after a long forward the deadline begins anew")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  CHECK(watch.look(executing(50s), start + 50s, usual) == liveness::busy);
  CHECK(watch.look(quiet, start + 51s, usual) == liveness::alive);
  CHECK(watch.look(quiet, start + 54s, usual) == liveness::alive);
  CHECK(watch.look(quiet, start + 56s, usual) == liveness::alive); // overdue, seen once
  CHECK(watch.look(quiet, start + 57s, usual) == liveness::hung);
}

TEST_CASE("heartbeat: short forwards between two looks are seen by the turns")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  for (std::uint64_t i = 1; i < 100; ++i)
    CHECK(watch.look({.turns = i}, start + i * 1s, usual) == liveness::busy);
  CHECK(watch.look({.turns = 99}, start + 105s, usual) == liveness::alive);
  CHECK(watch.look({.turns = 99}, start + 106s, usual) == liveness::hung);
}

TEST_CASE("heartbeat: after a suspend of the machine it may answer first")
{
  auto watch = heartbeat_watch();
  watch.sent(start);
  CHECK(watch.look(quiet, start + 8h, usual) == liveness::alive);
  watch.answered(start + 8h + 2ms);
  CHECK(watch.look(quiet, start + 8h + 1s, usual) == liveness::alive);
}

TEST_CASE("heartbeat: one that was thought hung and answers is alive again; a stray answer is ignored")
{
  auto watch = heartbeat_watch();
  watch.answered(start);
  CHECK(watch.round_trip() == duration(-1));
  watch.sent(start);
  CHECK(watch.look(quiet, start + 10s, usual) == liveness::alive);
  CHECK(watch.look(quiet, start + 11s, usual) == liveness::hung);
  watch.answered(start + 12s);
  CHECK(watch.look(quiet, start + 13s, usual) == liveness::alive);
}

TEST_CASE("heartbeat: property: whoever answers within the deadline or executes within its timeout is never hung")
{
  auto random = std::mt19937_64(2);
  for (int run = 0; run < 500; ++run) {
    auto watch = heartbeat_watch();
    auto answers_at = instant::max();
    auto executes_until = start;
    auto executes_since = start;
    for (auto now = start; now < start + 120s; now += duration(200'000 + random() % 1'000'000)) {
      if (answers_at <= now && executes_until <= now) {
        watch.answered(now);
        answers_at = instant::max();
      }
      if (executes_until <= now && random() % 10 == 0) {
        executes_since = now;
        executes_until = now + duration(random() % 59'000'000);
      }
      auto const busy = executes_until > now;
      auto const seen = busy ? executing(now - executes_since) : quiet;
      auto const what = watch.look(seen, now, usual);
      CHECK(what == (busy ? liveness::busy : liveness::alive));
      if (watch.may_send() && random() % 5 == 0) {
        watch.sent(now);
        answers_at = now + duration(random() % 3'000'000);
      }
    }
  }
}

TEST_CASE("heartbeat: the findings of dead and hung are certain and say why")
{
  CHECK(judge_basic(liveness::alive, quiet, usual).score == 100);
  CHECK(judge_basic(liveness::busy, executing(5s), usual).sentence.empty());
  auto const dead = judge_basic(liveness::dead, {.process_alive = false}, usual);
  CHECK(dead.certain);
  CHECK(dead.score == 0);
  CHECK(dead.sentence == "its process is gone");
  CHECK(heartbeat_watch().look({.process_alive = false}, start, usual) == liveness::dead);
  CHECK(judge_basic(liveness::hung, executing(61s), usual).sentence ==
        "a forward has run for 61 s, longer than execution_timeout (60 s)");
  CHECK(judge_basic(liveness::hung, quiet, usual).sentence ==
        "it executes nothing and has not answered a heartbeat for 5 s");
}
