// What the tests of all strategies share: instances, requests and events in one line each.
#pragma once
#include "proxy/balance/make.hpp"

#include "show_result.hpp"

#include <doctest/doctest.h>
#include <map>
#include <random>
#include <vector>

namespace balance_test {

using namespace pilotlight::balance;
using answer = std::optional<std::size_t>;
using std::chrono::milliseconds;

inline moment at(std::int64_t ms)
{
  return moment(std::chrono::seconds(1'000) + milliseconds(ms));
}

inline candidate open(int number, std::uint32_t in_flight = 0, float health = 1)
{
  auto one = candidate();
  one.ready = true;
  one.in_flight = in_flight;
  one.depth = 64;
  one.number = number;
  one.health = health;
  return one;
}

inline std::vector<candidate> several(int count)
{
  auto made = std::vector<candidate>();
  for (int number = 1; number <= count; ++number)
    made.push_back(open(number));
  return made;
}

inline request asked(std::uint64_t chance = 0, moment now = at(0), std::uint64_t bytes = 1'024)
{
  auto made = request();
  made.bytes = bytes;
  made.chance = chance;
  made.now = now;
  return made;
}

inline event submitted(int number, std::uint64_t id, moment when, std::uint64_t bytes = 1'024)
{
  auto made = event();
  made.number = number;
  made.request = id;
  made.bytes = bytes;
  made.when = when;
  return made;
}

inline event completed(int number, std::uint64_t id, moment when, milliseconds latency, std::uint64_t bytes = 1'024)
{
  auto made = submitted(number, id, when, bytes);
  made.what = event::kind::completed;
  made.latency = latency;
  return made;
}

inline event gone(int number)
{
  auto made = event();
  made.what = event::kind::gone;
  made.number = number;
  return made;
}

/// Numbers of the instances that a strategy picks when each request is answered at once, the counts by number.
inline std::map<int, int> counts_of(balancer& by, std::vector<candidate> const& candidates, int picks,
                                    std::uint64_t seed = 1)
{
  auto counts = std::map<int, int>();
  std::mt19937_64 random(seed);
  for (int i = 0; i < picks; ++i) {
    auto one = asked(random(), at(i));
    one.key = random() | 1U;
    one.zone = 1;
    if (auto const got = by.pick(candidates, one)) ++counts[candidates[*got].number];
  }
  return counts;
}

} // namespace balance_test
