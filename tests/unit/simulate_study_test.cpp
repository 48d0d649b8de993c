#include "proxy/simulate/compare.hpp"
#include "proxy/simulate/random.hpp"
#include "proxy/simulate/report_json.hpp"
#include "proxy/simulate/report_page.hpp"
#include "proxy/simulate/report_rows.hpp"
#include "proxy/simulate/report_table.hpp"
#include "proxy/simulate/sessions.hpp"
#include "proxy/simulate/study.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::simulate;
using namespace std::chrono_literals;

namespace {

/// Single arrivals of `models` models with exponential gaps of `mean` seconds.
trace poisson(std::size_t models, double mean, duration length, std::uint64_t seed)
{
  auto made = trace{"made.csv", {}, instant(0s), instant(length), 0};
  auto random = random_bits(seed);
  for (std::size_t i = 0; i < models; ++i) {
    auto model = trace_model{"m" + std::to_string(i), {}, 0};
    for (auto when = 0.0;;) {
      when -= std::log(static_cast<double>(random.next() >> 11) * 0x1p-53 + 1e-18) * mean;
      auto const at = instant(duration(static_cast<std::int64_t>(when * 1e6)));
      if (at >= made.end) break;
      model.stretches.push_back({at, duration(0), 1});
    }
    model.requests = model.stretches.size();
    made.requests += model.requests;
    made.models.push_back(std::move(model));
  }
  return made;
}

/// A day's curve in minutes, `peak` requests per second at noon.
trace curve(double peak, int hours)
{
  auto made = trace{"curve.csv", {{"web", {}, 0}}, instant(0s), instant(std::chrono::hours(hours)), 0};
  for (int minute = 0; minute < hours * 60; ++minute) {
    auto const rate = peak * (0.55 - 0.45 * std::cos(2 * 3.14159265 * minute / 1'440));
    made.models[0].stretches.push_back(
        {instant(std::chrono::minutes(minute)), 60s, static_cast<std::uint64_t>(rate * 60)});
    made.models[0].requests += static_cast<std::uint64_t>(rate * 60);
  }
  made.requests = made.models[0].requests;
  return made;
}

study_options all_of(std::vector<std::string> policies)
{
  auto options = study_options();
  options.policies = std::move(policies);
  return options;
}

tally const& total_of(report const& all, std::string_view policy)
{
  auto const found = std::find_if(all.policies.begin(), all.policies.end(),
                                  [&](policy_result const& one) { return one.name == policy; });
  REQUIRE(found != all.policies.end());
  return found->ran.total;
}

/// Of the first policy, by its key in the JSON.
double figure_of(report const& all, std::string_view key)
{
  auto const rows = figures(all, all.policies.at(0));
  auto const found = std::find_if(rows.begin(), rows.end(), [&](figure const& one) { return one.key == key; });
  REQUIRE(found != rows.end());
  CHECK_MESSAGE(found->known, key);
  return found->value;
}

} // namespace

TEST_SUITE("simulate: study")
{
  TEST_CASE("fixed delay: gap by gap it costs what the replay says")
  {
    for (auto const models : {1U, 3U}) {
      auto const calls = poisson(models, 400, 48h, 11 + models);
      auto const of = costs();
      auto const sessions = sessions_of(calls, of, 1);
      for (auto const delay : {10s, 300s, 3'000s}) {
        CAPTURE(models);
        CAPTURE(delay.count());
        auto options = all_of({"fixed"});
        options.rule.scale_to_zero_delay = delay;
        auto const report = study(calls, of, options);
        auto const price = price_of_delay(sessions, of, delay);
        auto const& ran = total_of(report, "fixed");
        CHECK(ran.waits.count() == static_cast<double>(calls.requests));
        CHECK(price.waited == doctest::Approx(ran.waits.over_threshold()).epsilon(0.01));
        CHECK(price.mebibyte_seconds == doctest::Approx(ran.mebibyte_seconds).epsilon(0.005));
      }
    }
  }

  TEST_CASE("a model's own rule holds for it alone, by every policy")
  {
    auto const calls = poisson(2, 400, 48h, 7);
    auto all = all_of({"fixed", "reactive", "predictive"});
    all.rule.scale_to_zero_delay = all.prediction.delay = 30s;
    auto own = all;
    own.rule.scale_to_zero_delay = own.prediction.delay = 3'000s;
    for (auto const* name : {"m0", "m1"})
      own.own[name] = {all.rule, all.prediction};
    auto mixed = all;
    mixed.own["m1"] = {own.rule, own.prediction};
    auto const same = study(calls, costs(), own);
    auto const expected = study(calls, costs(), all);
    auto const between = study(calls, costs(), mixed);
    for (auto const* policy : {"fixed", "reactive", "predictive"}) {
      CAPTURE(policy);
      CHECK(total_of(same, policy).mebibyte_seconds == total_of(expected, policy).mebibyte_seconds);
      CHECK(total_of(between, policy).mebibyte_seconds > 1.2 * total_of(expected, policy).mebibyte_seconds);
    }
  }

  TEST_CASE("a budget that refuses: what it does not pay for is turned away, and nothing is lost from sight")
  {
    auto const calls = poisson(1, 400, 48h, 7);
    auto rich = all_of({"reactive"});
    auto poor = rich;
    poor.rule.worker_hours = 1;
    poor.rule.refuse_over_budget = true;
    auto const all = total_of(study(calls, costs(), rich), "reactive");
    auto const some = total_of(study(calls, costs(), poor), "reactive");
    CHECK(all.refused == 0);
    CHECK(some.refused > 0);
    CHECK(some.refused + some.waits.count() == all.waits.count());
    CHECK(some.worker_seconds < 1.2 * 3'600); // the life that is over when it is used up
    CHECK(all.worker_seconds > 2 * 3'600);
  }

  TEST_CASE("a longer delay never costs less nor makes more wait; nor does bridging longer gaps")
  {
    auto const calls = poisson(4, 500, 96h, 5);
    auto const of = costs();
    auto const sessions = sessions_of(calls, of, 1);
    auto delayed = price_of_delay(sessions, of, 1s);
    auto bridged = price_of_bridging(sessions, of, 1s);
    for (auto delay = duration(2s); delay < 10'000s; delay = delay * 3 / 2) {
      auto const longer = price_of_delay(sessions, of, delay);
      auto const more = price_of_bridging(sessions, of, delay);
      CHECK(longer.mebibyte_seconds >= delayed.mebibyte_seconds);
      CHECK(longer.waited <= delayed.waited);
      CHECK(more.mebibyte_seconds >= bridged.mebibyte_seconds * 0.9999);
      CHECK(more.waited <= bridged.waited);
      CHECK(more.mebibyte_seconds <= longer.mebibyte_seconds);
      delayed = longer;
      bridged = more;
    }
  }

  TEST_CASE("the longest delay that fits is found")
  {
    auto const found = longest_that(100h, [](duration delay) { return delay <= 777s; });
    CHECK(in_seconds(found) == doctest::Approx(777).epsilon(0.002));
    CHECK(longest_that(100h, [](duration) { return true; }) >= 99h);
    CHECK(in_seconds(longest_that(100h, [](duration) { return false; })) == doctest::Approx(1).epsilon(0.002));
  }

  TEST_CASE("fixed compared with itself: the same delay, ratio 1, no gain")
  {
    auto const calls = poisson(3, 400, 200h, 3);
    auto const report = study(calls, costs(), all_of({"fixed"}));
    auto const& c = *report.policies[0].compared;
    CHECK(c.same_memory_delay == doctest::Approx(300).epsilon(0.02));
    CHECK(c.waited / c.same_memory_waited == doctest::Approx(1).epsilon(0.02));
    CHECK(c.mebibyte_seconds / c.plain_mebibyte_seconds == doctest::Approx(1).epsilon(0.005));
    CHECK(c.clairvoyant_waited < 0.8 * c.waited);
    CHECK(c.clairvoyant_mebibyte_seconds < 0.8 * c.mebibyte_seconds);
    CHECK(figure_of(report, "gain_of_clairvoyant") == doctest::Approx(0).epsilon(0.05));
    CHECK(figure_of(report, "gain_memory") == doctest::Approx(0).epsilon(0.05));
  }

  TEST_CASE("who bridges the shortest gaps reaches the whole possible gain, in waits and in memory; half way is half")
  {
    auto const calls = poisson(3, 400, 200h, 3);
    auto const of = costs();
    auto const sessions = sessions_of(calls, of, 1);
    auto const some = study(calls, of, all_of({"fixed"}));
    auto const with = [&](double waited, double mebibyte_seconds) {
      auto spent = tally();
      spent.waits.add(1s, waited);
      spent.mebibyte_seconds = mebibyte_seconds;
      auto result = some;
      result.policies[0].compared = compare(spent, sessions, of, 300s, 200h);
      return result;
    };
    auto const best = price_of_bridging(sessions, of, 200s);
    auto const reached = with(best.waited, best.mebibyte_seconds);
    CHECK(figure_of(reached, "gain_of_clairvoyant") == doctest::Approx(1).epsilon(0.02));
    CHECK(figure_of(reached, "gain_memory") == doctest::Approx(1).epsilon(0.02));
    auto const plain = reached.policies[0].compared->same_waits_mebibyte_seconds;
    auto const half = with(best.waited, (best.mebibyte_seconds + plain) / 2);
    CHECK(figure_of(half, "gain_memory") == doctest::Approx(0.5).epsilon(0.02));
  }

  TEST_CASE("reactive without load is the fixed rule; clairvoyant makes nobody wait for next to nothing")
  {
    auto const calls = poisson(2, 600, 100h, 9);
    auto const report = study(calls, costs(), all_of({"fixed", "reactive", "clairvoyant"}));
    auto const& fixed = total_of(report, "fixed");
    auto const& reactive = total_of(report, "reactive");
    auto const& knowing = total_of(report, "clairvoyant");
    CHECK(reactive.waits.over_threshold() == doctest::Approx(fixed.waits.over_threshold()).epsilon(0.01));
    CHECK(reactive.mebibyte_seconds == doctest::Approx(fixed.mebibyte_seconds).epsilon(0.01));
    CHECK(knowing.waits.over_threshold() <= 0.01 * fixed.waits.over_threshold());
    CHECK(knowing.mebibyte_seconds <= 0.02 * fixed.mebibyte_seconds);
  }

  TEST_CASE("predictive: every request is answered, and a regular caller hardly ever waits")
  {
    auto calls = trace{"timer.csv", {{"timer", {}, 0}}, instant(0s), instant(20 * 24h), 0};
    for (auto when = instant(7s); when < calls.end; when += 30min)
      calls.models[0].stretches.push_back({when, duration(0), 1});
    calls.requests = calls.models[0].requests = calls.models[0].stretches.size();
    auto const report = study(calls, costs(), all_of({"fixed", "predictive"}));
    auto const& fixed = total_of(report, "fixed");
    auto const& predictive = total_of(report, "predictive");
    CHECK(predictive.waits.count() == static_cast<double>(calls.requests));
    CHECK(fixed.waits.over_threshold() == static_cast<double>(calls.requests));
    CHECK(predictive.waits.over_threshold() <= 0.1 * fixed.waits.over_threshold());
    CHECK(predictive.mebibyte_seconds < fixed.mebibyte_seconds);
    CHECK(report.policies[1].forecasts.at(0).minutes > 20'000);
  }

  TEST_CASE("dense traffic: work is conserved and the schedule that knows the counts is the fullest")
  {
    auto const calls = curve(1'500, 24);
    auto of = costs();
    of.service = 2ms;
    auto options = all_of({"fixed", "reactive", "clairvoyant"});
    options.rule.max_instances = 8;
    auto const report = study(calls, of, options);
    CHECK(report.always_on_instances == 4);
    for (auto const& one : report.policies) {
      CAPTURE(one.name);
      CHECK(one.ran.total.waits.count() == doctest::Approx(static_cast<double>(calls.requests)));
      CHECK(one.ran.total.used_seconds == doctest::Approx(static_cast<double>(calls.requests) * 0.002).epsilon(0.001));
      CHECK(one.ran.total.used_seconds <= one.ran.total.worker_seconds);
      REQUIRE(one.schedule_utilisation);
      CHECK_FALSE(one.compared);
    }
    CHECK(total_of(report, "clairvoyant").worker_seconds <= 1.01 * total_of(report, "reactive").worker_seconds);
    CHECK(total_of(report, "reactive").worker_seconds < total_of(report, "fixed").worker_seconds);
  }

  TEST_CASE("reactive: no flap under a sinusoidal load with noise")
  {
    for (auto const seed : {1U, 2U, 3U}) {
      auto calls = trace{"waves.csv", {{"web", {}, 0}}, instant(0s), instant(30min), 0};
      auto random = random_bits(seed);
      for (int i = 0; i < 360; ++i) { // 5 s each, a wave every five minutes, a fifth of noise
        auto const noise = 0.8 + 0.4 * static_cast<double>(random.next() >> 11) * 0x1p-53;
        auto const count = static_cast<std::uint64_t>(5 * noise * (120 + 60 * std::sin(2 * 3.14159265 * i / 60)));
        calls.models[0].stretches.push_back({instant(std::chrono::seconds(5 * i)), 5s, count});
        calls.requests += count;
      }
      calls.models[0].requests = calls.requests;
      auto options = all_of({"reactive"});
      options.rule.max_instances = 8;
      options.seed = seed;
      auto const report = study(calls, costs(), options);
      CAPTURE(seed);
      CHECK(total_of(report, "reactive").flaps == 0);
      CHECK(total_of(report, "reactive").most_instances >= 2);
    }
  }

  TEST_CASE("the same seed gives the same report, another one another")
  {
    auto const calls = curve(3, 12);
    auto options = all_of({"fixed", "predictive"});
    auto const first = shown_json(study(calls, costs(), options));
    CHECK(first == shown_json(study(calls, costs(), options)));
    options.seed = 2;
    CHECK(first != shown_json(study(calls, costs(), options)));
  }

  TEST_CASE("table, JSON and page tell the same figures")
  {
    auto const calls = poisson(2, 600, 30h, 2);
    auto const report = study(calls, costs(), all_of({"fixed", "reactive"}));
    auto const table = shown_table(report);
    auto const page = shown_page(report);
    auto const json = boost::json::parse(shown_json(report)).as_object();
    auto const& policies = json.at("policies").as_array();
    REQUIRE(policies.size() == 2);
    for (auto const& one : figures(report, report.policies[1])) {
      CAPTURE(one.key);
      auto const& told = policies[1].at(one.key);
      CHECK(told.is_null() == !one.known);
      if (!one.known) continue;
      CHECK(told.to_number<double>() == one.value);
      CHECK(table.find(shown(one)) != std::string::npos);
      CHECK(page.find("<td>" + shown(one) + "</td>") != std::string::npos);
    }
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("http") == std::string::npos);
    CHECK(page.find("prefers-color-scheme:dark") != std::string::npos);
    CHECK(std::count(page.begin(), page.end(), '<') == std::count(page.begin(), page.end(), '>'));
  }
}
