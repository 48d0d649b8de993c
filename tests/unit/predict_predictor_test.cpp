#include "predict_traffic.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::predict;
using namespace pilotlight::predict::test;
using pilotlight::decide::start_costs;

TEST_SUITE("predictor")
{
  TEST_CASE("predictor: before it has learned, it is the plain delay")
  {
    predictor model({});
    model.arrived(at(monday));
    auto const soon = model.advise(at(monday + 1), at(monday), {});
    CHECK(soon.at == rung::instance);
    auto const then = model.advise(at(monday + 100), at(monday), {});
    CHECK(then.at == rung::model_zygote);
    CHECK(then.until == at(monday + 300));
    CHECK_FALSE(then.learned);
    CHECK(model.advise(at(monday + 300), at(monday), {}).at == rung::zero);
    // The delay counts from the last completion.
    CHECK(model.advise(at(monday + 350), at(monday + 200), {}).at == rung::model_zygote);
    // However short: keep_alive_min binds only what is learned.
    predictor_settings hasty;
    hasty.delay = std::chrono::milliseconds(500);
    predictor other(hasty);
    other.arrived(at(monday));
    CHECK(other.advise(at(monday + 0.4), at(monday), {}).at == rung::instance);
    CHECK(other.advise(at(monday + 0.6), at(monday), {}).at == rung::zero);
  }

  TEST_CASE("predictor: rests at the cheapest rung that meets the latency target")
  {
    struct one
    {
      std::array<int, 4> to_answer; // ms
      rung want;
    };
    for (auto const& [ms, want] : {one{{420, 225, 60, 0}, rung::model_zygote}, one{{180, 30, 5, 0}, rung::zygote},
                                   one{{90, 30, 5, 0}, rung::zero}, one{{900, 500, 200, 0}, rung::instance}}) {
      start_costs costs;
      for (std::size_t i = 0; i < 4; ++i)
        costs.to_answer[i] = std::chrono::milliseconds(ms[i]);
      predictor model({});
      model.arrived(at(monday));
      CHECK(model.advise(at(monday + 100), at(monday), costs).at == want);
    }
  }

  TEST_CASE("predictor: a caller by the clock is awaited in short windows")
  {
    for (auto const& [period, jitter] : {std::pair{300.0, 3.0}, std::pair{600.0, 12.0}, std::pair{3'600.0, 18.0}}) {
      CAPTURE(period);
      predictor model({});
      auto const all = by_clock(period, jitter, 0.02, period < 1'000 ? 8 : 20, 21);
      auto const sum = replay(model, all, all[all.size() / 4]);
      CHECK(model.named() == pattern::periodic);
      CHECK(sum.waits <= 0.1 * static_cast<double>(all.size()) * 0.75);
      CHECK(sum.warm <= 0.35 * sum.plain_warm);
    }
  }

  TEST_CASE("predictor: whatever the traffic, it hardly ever waits once more than with the plain delay, and is not "
            "warm longer")
  {
    auto const by_day = [](double when) { return (1.05 + std::sin(when * 2 * 3.14159 / day)) / 300; };
    for (auto const goal : {aim::balanced, aim::fewer_waits, aim::less_memory})
      for (unsigned seed = 1; seed <= 3; ++seed) {
        calls const families[] = {by_chance(by_day, 2.05 / 300, 40, seed),
                                  by_chance(in_office_hours, 1 / 120.0, 42, seed),
                                  by_chance([](double) { return 1 / 250.0; }, 1 / 250.0, 20, seed),
                                  by_chance([](double) { return 1 / 7'200.0; }, 1 / 7'200.0, 200, seed),
                                  in_bursts(40, seed),
                                  on_and_off(1'800, 5'400, 60, 40, seed),
                                  on_and_off(600, 1'800, 100, 40, seed),
                                  with_heavy_tail(0.7, 20, 60, seed),
                                  with_heavy_tail(1.1, 20, 40, seed),
                                  with_heavy_tail(1.5, 60, 20, seed),
                                  by_clock(600, 12, 0.02, 8, seed),
                                  by_clock(3'600, 60, 0.05, 30, seed)};
        for (auto const& all : families) {
          predictor_settings settings;
          settings.goal = goal;
          predictor model(settings);
          auto const sum = replay(model, all);
          CAPTURE(static_cast<int>(goal));
          CAPTURE(seed);
          CAPTURE(&all - families);
          if (goal != aim::fewer_waits) CHECK(sum.waits <= sum.plain_waits + 3);
          if (goal != aim::less_memory) CHECK(sum.warm <= (goal == aim::balanced ? 1.003 : 1.01) * sum.plain_warm);
        }
      }
  }

  TEST_CASE("predictor: traffic with days and bursts is served with less warmth for no more waits")
  {
    auto const by_day = [](double when) { return std::fmod(when, day) < 10 * hour ? 1 / 1'500.0 : 1 / 90.0; };
    predictor model({});
    auto const sum = replay(model, by_chance(by_day, 1 / 90.0, 40, 6), monday + 10 * day);
    CHECK(sum.waits <= 1.05 * sum.plain_waits);
    CHECK(sum.warm < 0.95 * sum.plain_warm);
  }

  TEST_CASE(
      "predictor: a fleet keeps warm who is called often and lets rest who is not, and needs less for no more waits")
  {
    std::array<calls, 2> const traffic{by_chance([](double) { return 1 / 150.0; }, 1 / 150.0, 30, 1),
                                       by_chance([](double) { return 1 / 900.0; }, 1 / 900.0, 30, 2)};
    auto const both = new_fleet();
    std::array<predictor, 2> models{predictor({}), predictor({})};
    std::array<std::size_t, 2> next{};
    std::array<lived, 2> sums{};
    for (auto& model : models)
      model.join(both);
    while (next[0] + 1 < traffic[0].size() && next[1] + 1 < traffic[1].size()) {
      // Whose call is earlier; its gap to the next one is judged at once.
      auto const one = traffic[0][next[0]] <= traffic[1][next[1]] ? std::size_t{0} : std::size_t{1};
      auto const& all = traffic[one];
      auto const when = all[next[one]], until = all[next[one] + 1];
      models[one].arrived(at(when));
      auto here = rung::instance;
      for (auto now = when; now < until;) {
        auto const rest = models[one].advise(at(now), at(when), {});
        auto const end = std::min(seconds_of(rest.until), until);
        here = rest.at;
        if (here >= rung::model_zygote) sums[one].warm += end - now;
        now = end;
      }
      sums[one].waits += here < rung::model_zygote ? 1 : 0;
      sums[one].plain_waits += until - when > 300 ? 1 : 0;
      sums[one].plain_warm += std::min(300.0, until - when);
      ++next[one];
    }
    CHECK(sums[0].waits < 0.5 * sums[0].plain_waits);
    CHECK(sums[0].waits + sums[1].waits <= 1.05 * (sums[0].plain_waits + sums[1].plain_waits));
    CHECK(sums[0].warm + sums[1].warm <= sums[0].plain_warm + sums[1].plain_warm);
  }

  TEST_CASE("predictor: what is learned keeps warm for keep_alive_min at least, for keep_alive_max at most")
  {
    predictor_settings bounds;
    bounds.keep_alive_min = std::chrono::seconds(20);
    bounds.keep_alive_max = std::chrono::seconds(400);
    predictor model(bounds);
    auto const by_day = [](double when) { return std::fmod(when, day) < 10 * hour ? 1 / 1'500.0 : 1 / 90.0; };
    auto const all = by_chance(by_day, 1 / 90.0, 40, 6);
    auto learned = 0, cold = 0, after = 0;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      model.arrived(at(all[i]));
      for (auto const idle : {1.0, 15.0, 19.0, 60.0, 200.0, 399.0, 401.0, 3'000.0}) {
        if (all[i] + idle >= all[i + 1]) break;
        auto const rest = model.advise(at(all[i] + idle), at(all[i]), {});
        if (!rest.learned) continue;
        ++learned;
        if (idle < 20) cold += rest.at == rung::zero;
        if (rest.at > rung::zero) after += rest.until > at(all[i] + 400);
      }
    }
    CHECK(learned > 100);
    CHECK(cold == 0);
    CHECK(after == 0);
  }

  TEST_CASE("predictor: advice always ends later than it is given")
  {
    predictor model({});
    auto const all = in_bursts(10, 3);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      model.arrived(at(all[i]));
      for (auto const idle : {0.0, 0.001, 7.9, 8.0, 10.0, 63.99, 64.0, 300.0, 3'600.0, 20'000.0, 400'000.0})
        CHECK(model.advise(at(all[i] + idle), at(all[i]), {}).until > at(all[i] + idle));
    }
  }

  TEST_CASE("predictor: names what it sees")
  {
    struct one
    {
      calls traffic;
      pattern want;
    };
    auto const by_day = [](double when) { return std::fmod(when, day) < 10 * hour ? 1 / 3'000.0 : 1 / 60.0; };
    one const table[] = {
        {{monday, monday + 50}, pattern::unknown},
        {by_clock(900, 5, 0.02, 5, 1), pattern::periodic},
        {by_chance(by_day, 1 / 60.0, 14, 2), pattern::diurnal},
        {in_bursts(14, 3), pattern::bursty},
        {by_chance([](double) { return 1 / 14'400.0; }, 1 / 14'400.0, 40, 4), pattern::rare},
        {by_chance([](double) { return 1 / 5.0; }, 1 / 5.0, 3, 5), pattern::steady},
    };
    for (auto const& [traffic, want] : table) {
      predictor model({});
      for (auto const when : traffic)
        model.arrived(at(when));
      CHECK(static_cast<int>(model.named()) == static_cast<int>(want));
    }
  }

  TEST_CASE("predictor: forecasts the rate of a steady caller and says how wrong it was")
  {
    predictor model({});
    std::mt19937_64 random(8);
    for (int minute = 0; minute < 2 * 1'440; ++minute) {
      std::poisson_distribution<int> chance(120);
      model.arrived(at(monday + minute * 60.0), static_cast<std::uint64_t>(chance(random)));
    }
    auto const seen = model.expect(at(monday + 2 * day), std::chrono::minutes(15));
    CHECK(seen.rate == doctest::Approx(2).epsilon(0.15));
    CHECK(seen.error > 0.02);
    CHECK(seen.error < 0.2);
    // The proxy was not there for some hours, and nobody has called since.
    auto back = predictor::restore(model.save(), {});
    CHECK(back.expect(at(monday + 2 * day + 18'000), std::chrono::minutes(15)).rate ==
          doctest::Approx(2).epsilon(0.15));
    CHECK(predictor({}).expect(at(monday), std::chrono::minutes(1)).rate == -1);
  }

  TEST_CASE("predictor: new bounds make it forget its accounts, a new aim does not")
  {
    predictor model({});
    replay(model, by_clock(600, 5, 0, 3, 2));
    auto const last = monday + 3 * day - 600;
    auto const asleep = [&] { return model.advise(at(last + 100), at(last), {}).at == rung::zero; };
    CHECK(asleep());
    predictor_settings other;
    other.goal = aim::less_memory;
    model.configure(other);
    CHECK(asleep());
    other.delay = std::chrono::seconds(200);
    model.configure(other);
    CHECK_FALSE(asleep());
  }
}
