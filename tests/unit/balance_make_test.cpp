#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("make: each strategy by the name that it has")
{
  for (auto const name : strategies) {
    auto const made = make(name);
    REQUIRE(made);
    CHECK((*made)->name() == name);
    CHECK((*made)->pick(several(2), asked()).has_value());
  }
}

TEST_CASE("make: an unknown name is refused with those that are allowed")
{
  for (auto const* name : {"", "fastest", "Round_Robin", "least_connections "}) {
    auto const made = make(name);
    REQUIRE(!made);
    CHECK(made.error().kind == pilotlight::fault::bad_request);
    CHECK(made.error().sentence ==
          "load_balancing_strategy '" + std::string(name) +
              "' is unknown; allowed are round_robin, least_connections, random, weighted, response_time, "
              "resource_based, predicted, geographic and consistent_hash");
  }
}

TEST_SUITE_END();
