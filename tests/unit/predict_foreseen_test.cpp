#include "proxy/predict/foreseen.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::predict;
using namespace std::chrono_literals;
using pilotlight::decide::model_facts;

TEST_CASE("foreseen: a forecast that has erred by more than half of the load is none")
{
  struct
  {
    forecast next;
    double rate;
  } const cases[] = {{{4, 0.5}, 4}, {{4, 0.51}, -1}, {{4, -1}, -1}, {{0, 0}, 0}, {{-1, 0.1}, -1}};
  for (auto const& [next, rate] : cases)
    CHECK(trusted_rate(next) == rate);
}

TEST_CASE("foreseen: the load is asked for as far ahead as a start takes, a minute at least")
{
  model_facts facts;
  CHECK(look_ahead(facts) == 1min);
  facts.costs.to_answer[0] = 90s;
  CHECK(look_ahead(facts) == 90s);
  facts.at = rung::instance;
  CHECK(look_ahead(facts) == 1min);
}

TEST_CASE("foreseen: the plain delay keeps what is there; only what was learned makes it warmer")
{
  for (auto const learned : {false, true})
    for (int there = 0; there < 4; ++there)
      for (int advised = 0; advised < 4; ++advised) {
        model_facts facts;
        facts.at = static_cast<rung>(there);
        warmth advice;
        advice.at = static_cast<rung>(advised);
        advice.learned = learned;
        rest_by(advice, facts);
        CHECK(facts.forecast_floor == static_cast<rung>(learned ? advised : std::min(advised, there)));
        CHECK(facts.learned_delay == 0s);
      }
}
