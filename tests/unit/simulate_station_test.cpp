#include "proxy/simulate/random.hpp"
#include "proxy/simulate/station.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::simulate;
using namespace std::chrono_literals;
using decide::rung;

namespace {

struct world
{
  costs of;
  shared_zygote zygote{of};
  station model{0, of, zygote, instant(0s)};

  void come(std::vector<duration> const& times, duration until)
  {
    auto batches = std::vector<batch>();
    for (auto const when : times)
      batches.push_back({instant(when), 1, false});
    model.run(batches, instant(until));
  }
};

} // namespace

TEST_SUITE("simulate: station")
{
  TEST_CASE("a first request waits for a start from where the model rests")
  {
    struct one
    {
      rung at;
      duration wait;
    };
    for (auto const& [at, wait] :
         {one{rung::zero, 420ms}, one{rung::zygote, 225ms}, one{rung::model_zygote, 60ms}, one{rung::instance, 0ms}}) {
      CAPTURE(decide::to_string(at));
      auto in = world();
      in.model.rest(at, instant(0s));
      in.come({10s}, 20s);
      CHECK(in.model.tally().waits.longest() == wait);
      CHECK(in.model.tally().starts[static_cast<std::size_t>(at)] == (at == rung::instance ? 0 : 1));
      CHECK(in.model.at() == rung::instance);
    }
  }

  TEST_CASE("where starts are refused, a request that needs one is turned away; a fork is none")
  {
    auto in = world();
    in.model.refuse_starts(true);
    in.come({10s, 11s}, 20s);
    CHECK(in.model.tally().refused == 2);
    CHECK(in.model.tally().waits.count() == 0);
    CHECK(in.model.at() == rung::zero);
    in.model.rest(rung::model_zygote, instant(20s));
    in.come({30s}, 40s);
    CHECK(in.model.tally().refused == 2);
    CHECK(in.model.tally().waits.count() == 1);
  }

  TEST_CASE("a request in the middle of a warm-up waits for the rest of it")
  {
    auto in = world();
    in.model.rest(rung::model_zygote, instant(10s)); // reached 360 ms later
    in.come({10'100ms}, 20s);
    CHECK(in.model.tally().waits.longest() == 260ms + 60ms);
  }

  TEST_CASE("another model's zygote makes a start from zero shorter, and counts once")
  {
    auto in = world();
    auto other = station(1, in.of, in.zygote, instant(0s));
    other.rest(rung::instance, instant(0s));
    in.come({10s}, 20s);
    CHECK(in.model.tally().waits.longest() == 225ms);
    CHECK(in.zygote.seconds(instant(30s)) == doctest::Approx(30));
    other.finish(instant(40s));
    in.model.finish(instant(40s));
    CHECK(in.zygote.seconds(instant(99s)) == doctest::Approx(40));
  }

  TEST_CASE("first come, first served: waits are those of a queue with one server")
  {
    auto in = world();
    in.model.rest(rung::instance, instant(0s));
    in.come({10s, 10s, 10s, 10'030ms}, 11s);
    // 13 ms each: 0, 13, 26, then 39 - 30
    CHECK(in.model.tally().waits.seconds() == doctest::Approx(0.013 + 0.026 + 0.009));
    CHECK(in.model.tally().used_seconds == doctest::Approx(4 * 0.013));
  }

  TEST_CASE("more instances take from the queue after their fork; fewer end what they are at")
  {
    auto in = world();
    in.of.service = 1s;
    in.model.rest(rung::instance, instant(0s));
    in.come({10s, 10s, 10s}, 10'100ms);
    in.model.scale(2, instant(10'100ms)); // ready at 10.16
    in.come({}, 15s);
    CHECK(in.model.tally().waits.longest() == 1s); // the third, with the first instance
    CHECK(in.model.instances() == 2);
    in.come({15s, 15s}, 15'500ms);
    in.model.scale(1, instant(15'500ms));
    auto facts = decide::model_facts();
    in.model.report(facts, instant(15'500ms));
    CHECK(facts.draining == 1);
    in.come({}, 17s);
    in.model.report(facts, instant(17s));
    CHECK(facts.draining == 0);
    in.model.finish(instant(20s));
    CHECK(in.model.tally().worker_seconds == doctest::Approx(20 + 16 - 10.1));
    CHECK(in.model.tally().waits.count() == 5);
  }

  TEST_CASE("a change undone within a minute is a flap, a later one is not")
  {
    auto in = world();
    in.model.rest(rung::instance, instant(0s));
    in.come({}, 10s);
    in.model.scale(2, instant(10s));
    in.come({}, 60s);
    in.model.scale(1, instant(60s));
    in.come({}, 200s);
    CHECK(in.model.tally().flaps == 1);
    in.model.scale(2, instant(200s));
    in.come({}, 300s);
    in.model.scale(1, instant(300s));
    CHECK(in.model.tally().flaps == 1);
    CHECK(in.model.tally().ups == 2);
    CHECK(in.model.tally().downs == 2);
  }

  TEST_CASE("memory x time is that of each rung while the model rests there")
  {
    auto in = world();
    in.model.rest(rung::model_zygote, instant(0s));
    in.come({}, 100s);
    in.model.rest(rung::instance, instant(100s));
    in.come({}, 200s);
    in.model.rest(rung::zygote, instant(200s));
    in.come({}, 300s);
    in.model.finish(instant(300s));
    CHECK(in.model.tally().mebibyte_seconds == doctest::Approx(100 * 120 + 100 * 140));
    CHECK(in.zygote.seconds(instant(300s)) == doctest::Approx(300));
    CHECK(in.model.tally().worker_seconds == doctest::Approx(100));
  }

  TEST_CASE("dense bins serve as the exact queue does: same work, same waits but for the width of a bin")
  {
    for (auto const filling : {0.5, 0.9, 1.3}) {
      CAPTURE(filling);
      auto exact = world();
      auto dense = world();
      auto random = random_bits(3);
      auto singles = std::vector<batch>();
      auto bins = std::vector<batch>();
      for (auto* one : {&exact, &dense}) {
        one->model.rest(rung::instance, instant(0s));
        one->model.scale(3, instant(0s));
        one->model.run({}, instant(1s));
      }
      auto when = 1e6;
      while (when < 61e6) {
        when -= std::log(static_cast<double>(random.next() >> 11) * 0x1p-53 + 1e-18) * 13'000 / (3 * filling);
        auto const at = instant(duration(static_cast<std::int64_t>(when)));
        singles.push_back({at, 1, false});
        auto const bin = instant(at.time_since_epoch() / bin_width * bin_width);
        if (!bins.empty() && bins.back().when == bin)
          ++bins.back().count;
        else
          bins.push_back({bin, 1, true});
      }
      exact.model.run(singles, instant(61s));
      dense.model.run(bins, instant(61s));
      auto const& a = exact.model.tally();
      auto const& b = dense.model.tally();
      CHECK(b.used_seconds == doctest::Approx(a.used_seconds).epsilon(0.01));
      auto const p99 = [](tally const& of) { return in_seconds(of.waits.quantile(0.99)); };
      CHECK(std::abs(p99(a) - p99(b)) <= 0.02 + 0.05 * p99(a));
      auto const late = a.waits.over_threshold() - b.waits.over_threshold(); // bins are a little too good
      CHECK(std::abs(late) <= 0.01 * a.waits.count() + 0.05 * a.waits.over_threshold());
    }
  }

  TEST_CASE("facts tell what happened since the last tick, and what is now")
  {
    auto in = world();
    in.of.service = 400ms;
    in.model.rest(rung::instance, instant(0s));
    in.come({}, 10s);
    auto facts = decide::model_facts();
    in.model.report(facts, instant(10s));
    CHECK(facts.idle == 10s);
    CHECK(facts.service == 0ms);
    in.come({10s, 10s, 10s}, 11s);
    in.model.report(facts, instant(11s));
    CHECK(facts.arrived == 3);
    CHECK(facts.waiting == 0);
    CHECK(facts.in_flight == 1); // the third began at 10.8
    CHECK(facts.idle == 0s);
    CHECK(facts.cores == doctest::Approx(1));
    CHECK(facts.concurrency == doctest::Approx(1 + 0.4 + 0.8)); // at work, and waiting
    CHECK(facts.p99 >= 1'200ms);
    in.come({}, 12s);
    in.model.report(facts, instant(12s));
    CHECK(facts.arrived == 0);
    CHECK(facts.cores == doctest::Approx(0.2));
    CHECK(facts.idle == 800ms);
    CHECK(facts.service == 400ms);
  }
}
