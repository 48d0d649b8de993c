#include "proxy/balance/cidr.hpp"

#include "show_result.hpp"

#include <doctest/doctest.h>

using boost::asio::ip::make_address;
using pilotlight::balance::cidr;

TEST_SUITE_BEGIN("balance");

TEST_CASE("cidr: contains what lies in the block, and nothing else")
{
  struct one
  {
    char const* block;
    char const* address;
    bool inside;
  };
  constexpr one table[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true}, // a client on a dual-stack socket
      {"10.0.0.0/8", "a00::", false},          // the same first bits, but IPv6
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"127.0.0.1/32", "127.0.0.1", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "203.0.113.9", true}, // ::ffff:203.0.113.9 is an IPv6 address
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::1", "::1", true},
      {"::1", "::2", false},
      {"::ffff:10.0.0.0/104", "10.9.9.9", true},
  };
  for (auto const& [block, address, inside] : table) {
    CAPTURE(block);
    CAPTURE(address);
    auto const read = cidr::read(block);
    REQUIRE(read);
    CHECK(read->contains(make_address(address)) == inside);
  }
}

TEST_CASE("cidr: what is none is refused in one sentence that says what is wrong")
{
  struct one
  {
    std::string text;
    char const* why;
  };
  auto const not_one = "is not a network; write one like 10.0.0.0/8 or 2001:db8::/32";
  auto const no_length4 = "has no prefix length from 0 to 32 after the slash";
  auto const no_length6 = "has no prefix length from 0 to 128 after the slash";
  one const table[] = {
      {"", not_one},
      {"/8", not_one},
      {"europe", not_one},
      {"10.0.0/8", not_one},
      {"10.0.0.300/8", not_one},
      {" 10.0.0.0/8", not_one},
      {"2001:db8:::/32", not_one},
      {"fe80::1%eth0/64", not_one},
      {std::string("10.0.0.0\0/8", 11), not_one},
      {"10.0.0.0/", no_length4},
      {"10.0.0.0/33", no_length4},
      {"10.0.0.0/-1", no_length4},
      {"10.0.0.0/+8", no_length4},
      {"10.0.0.0/8 ", no_length4},
      {"10.0.0.0/8/8", no_length4},
      {"10.0.0.0/99999999999999999999", no_length4},
      {"2001:db8::/129", no_length6},
      {"2001:db8::/x", no_length6},
      {"10.1.2.3/8", "has bits set behind its prefix; the network is 10.0.0.0/8"},
      {"0.0.0.1/0", "has bits set behind its prefix; the network is 0.0.0.0/0"},
      {"2001:db8::1/32", "has bits set behind its prefix; the network is 2001:db8::/32"},
  };
  for (auto const& [text, why] : table) {
    auto const read = cidr::read(text);
    REQUIRE(!read);
    CHECK(read.error().sentence == "'" + text + "' " + why);
  }
}

TEST_SUITE_END();
