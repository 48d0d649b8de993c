#include "proxy/balance/consistent_hash.hpp"

#include "balance_fixture.hpp"
#include "proxy/balance/hash_key.hpp"

#include <set>

using namespace balance_test;

namespace {

request with_key(std::uint64_t key)
{
  auto one = asked();
  one.key = key;
  return one;
}

/// The instance of each key when nothing is inside.
std::vector<int> homes(consistent_hash& by, std::vector<candidate> const& candidates, int keys)
{
  auto numbers = std::vector<int>();
  for (int i = 0; i < keys; ++i)
    numbers.push_back(
        candidates[by.pick(candidates, with_key(hash_key("session-" + std::to_string(i)))).value()].number);
  return numbers;
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("consistent_hash: removing one of N moves its keys only, at most 1.2/N of all")
{
  constexpr int keys = 20'000;
  auto by = consistent_hash();
  for (int count = 2; count <= 12; ++count) {
    auto const all = several(count);
    auto const before = homes(by, all, keys);
    for (int removed = 0; removed < count; ++removed) {
      auto rest = all;
      rest.erase(rest.begin() + removed);
      auto const after = homes(by, rest, keys);
      auto moved = 0;
      for (int i = 0; i < keys; ++i) {
        if (before[i] != after[i]) ++moved;
        REQUIRE((before[i] == after[i] || before[i] == removed + 1));
      }
      CHECK(moved <= 1.2 / count * keys);
      CHECK(moved >= 0.8 / count * keys); // fair: nobody has far less than its part
    }
  }
}

TEST_CASE("consistent_hash: a new one takes keys from all alike, and nobody else's move")
{
  constexpr int keys = 20'000;
  auto by = consistent_hash();
  auto const before = homes(by, several(4), keys);
  auto const after = homes(by, several(5), keys);
  for (int i = 0; i < keys; ++i)
    REQUIRE((after[i] == before[i] || after[i] == 5));
}

TEST_CASE("consistent_hash: removing one moves at most 1.2/N when loads are bounded, too")
{
  constexpr int keys = 20'000;
  for (auto const count : {3, 5, 8}) {
    auto const placed = [&](std::vector<candidate> candidates) {
      auto by = consistent_hash();
      auto numbers = std::vector<int>();
      for (auto& each : candidates)
        each.depth = keys;
      for (int i = 0; i < keys; ++i) { // all stay inside
        auto& chosen = candidates[by.pick(candidates, with_key(hash_key("k" + std::to_string(i)))).value()];
        ++chosen.in_flight;
        numbers.push_back(chosen.number);
      }
      return numbers;
    };
    auto const before = placed(several(count));
    auto rest = several(count);
    rest.pop_back();
    auto const after = placed(rest);
    auto moved = 0;
    for (int i = 0; i < keys; ++i)
      moved += before[i] != after[i] ? 1 : 0;
    CHECK(moved <= 1.2 / count * keys);
  }
}

TEST_CASE("consistent_hash: nobody has more than the bound times its part, however hot a key")
{
  std::mt19937_64 random(7);
  auto by = consistent_hash(1.25);
  auto candidates = several(5);
  candidates[3].health = 0.5F;
  auto inside = 0;
  for (int i = 0; i < 200; ++i) {
    auto const key = random() % 4 == 0 ? random() | 1U : 42U; // one key is most of the traffic
    auto& chosen = candidates[by.pick(candidates, with_key(key)).value()];
    ++chosen.in_flight;
    ++inside;
    for (auto const& each : candidates)
      CHECK(each.in_flight <= std::ceil(1.25 * inside * share(each) / 4.5));
  }
}

TEST_CASE("consistent_hash: a full one's keys spread, and come back")
{
  auto by = consistent_hash();
  auto candidates = several(4);
  auto const before = homes(by, candidates, 2'000);
  candidates[0].in_flight = candidates[0].depth = 1;
  auto const meanwhile = homes(by, candidates, 2'000);
  auto to = std::set<int>();
  for (int i = 0; i < 2'000; ++i)
    if (before[i] == 1) to.insert(meanwhile[i]);
  CHECK(to == std::set{2, 3, 4});
  CHECK(homes(by, several(4), 2'000) == before);
}

TEST_CASE("consistent_hash: a degraded one keeps its share of its keys, and only they move")
{
  constexpr int keys = 20'000;
  auto by = consistent_hash();
  auto candidates = several(3);
  auto const before = homes(by, candidates, keys);
  candidates[1].health = 0.5F;
  auto const after = homes(by, candidates, keys);
  auto kept = 0;
  for (int i = 0; i < keys; ++i) {
    REQUIRE((before[i] == after[i] || before[i] == 2));
    kept += after[i] == 2 ? 1 : 0;
  }
  CHECK(kept == doctest::Approx(0.2 * keys).epsilon(0.05)); // 0.5 of 2.5
}

TEST_CASE("consistent_hash: without a key the least loaded")
{
  auto by = consistent_hash();
  CHECK(by.pick(std::vector{open(1, 2), open(2, 1), open(3, 3)}, asked()) == answer{1});
  CHECK(by.pick(std::vector<candidate>{}, with_key(5)) == std::nullopt);
}

TEST_CASE("hash_key: an empty text is no key, all others are, and near ones lie far apart")
{
  CHECK(hash_key("") == 0);
  auto seen = std::set<std::uint64_t>();
  for (int i = 0; i < 10'000; ++i)
    seen.insert(hash_key(std::to_string(i)));
  CHECK(seen.size() == 10'000);
  CHECK(!seen.contains(0));
  CHECK(hash_key("a") == hash_key("a"));
}

TEST_SUITE_END();
