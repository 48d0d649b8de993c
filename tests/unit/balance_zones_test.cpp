#include "proxy/balance/zones.hpp"

#include "show_result.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::balance;
using boost::asio::ip::make_address;

TEST_SUITE_BEGIN("balance");

TEST_CASE("zones: the narrowest network decides, a header before it, and 0 is unknown")
{
  std::vector<zone_rule> const rules{{"eu", {"10.0.0.0/8", "2001:db8:1::/48"}}, {"lab", {"10.7.0.0/16"}}, {"us", {}}};
  auto const zones = zone_table::read(rules);
  REQUIRE(zones);
  CHECK(zones->size() == 4);
  CHECK(zones->named("eu") == 1);
  CHECK(zones->named("us") == 3);
  CHECK(zones->named("") == 0);
  CHECK(zones->of(make_address("10.1.1.1")) == 1);
  CHECK(zones->of(make_address("10.7.1.1")) == 2);
  CHECK(zones->of(make_address("::ffff:10.7.1.1")) == 2);
  CHECK(zones->of(make_address("2001:db8:1::9")) == 1);
  CHECK(zones->of(make_address("203.0.113.1")) == 0);
  CHECK(zones->of_client("us", make_address("10.7.1.1")) == 3);
  CHECK(zones->of_client("mars", make_address("10.7.1.1")) == 2);
  CHECK(zones->of_client("", make_address("203.0.113.1")) == 0);
  CHECK(zones->name(2) == "lab");
  CHECK(zones->name(0) == "unknown");
  CHECK(zones->name(9) == "unknown");
  CHECK(zone_table().size() == 1);
  CHECK(zone_table().of(make_address("10.1.1.1")) == 0);
}

TEST_CASE("zones: other networks leave the ids as they are; another name, number or order does not")
{
  auto const table = [](std::vector<zone_rule> const& rules) { return zone_table::read(rules).value(); };
  auto const before = table({{"eu", {"10.0.0.0/8"}}, {"us", {}}});
  CHECK(before.same_ids(table({{"eu", {"10.1.0.0/16"}}, {"us", {"10.2.0.0/16"}}})));
  CHECK_FALSE(before.same_ids(table({{"us", {}}, {"eu", {"10.0.0.0/8"}}})));
  CHECK_FALSE(before.same_ids(table({{"eu", {"10.0.0.0/8"}}, {"us", {}}, {"lab", {}}})));
  CHECK_FALSE(before.same_ids(zone_table()));
}

TEST_CASE("zones: a bad table is refused whole, with the zone and the network")
{
  struct one
  {
    std::vector<zone_rule> rules;
    char const* sentence;
  };
  std::vector<one> const table{
      {{{"", {}}}, "zone '' is not a name of 1 to 64 letters, digits, '-', '_' or '.'"},
      {{{"e u", {}}}, "zone 'e u' is not a name of 1 to 64 letters, digits, '-', '_' or '.'"},
      {{{"eu", {}}, {"eu", {}}}, "zone 'eu' is there twice"},
      {{{"eu", {"10.0.0.0/40"}}}, "zone 'eu': network '10.0.0.0/40' has no prefix length from 0 to 32 after the slash"},
      {{{"eu", {"10.0.0.0/8"}}, {"us", {"10.0.0.0/8"}}},
       "zone 'us': network '10.0.0.0/8' belongs to zone 'eu' already"},
      {std::vector<zone_rule>(65), "there are 65 zones; allowed are up to 64"},
      {{{"eu", std::vector<std::string>()}}, nullptr},
  };
  for (auto const& [rules, sentence] : table) {
    auto const read = zone_table::read(rules);
    REQUIRE(read.has_value() == (sentence == nullptr));
    if (sentence) CHECK(read.error().sentence == sentence);
  }
  auto many = zone_rule{"eu", {}};
  for (int i = 0; i <= 4'096; ++i)
    many.networks.push_back("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24");
  auto const read = zone_table::read({&many, 1});
  REQUIRE(!read);
  CHECK(read.error().sentence == "the zones have more than 4096 networks, which is the most");
}

TEST_CASE("zones: an instance is where its number says, else where the node is")
{
  auto const zones = std::vector<std::string>{"north", "south"};
  CHECK(configured_zone(zones, 1, "home") == "north");
  CHECK(configured_zone(zones, 2, "home") == "south");
  CHECK(configured_zone(zones, 3, "home") == "home");
  CHECK(configured_zone({}, 1, "home") == "home");
}

TEST_SUITE_END();
