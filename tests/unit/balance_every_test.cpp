// What holds for every strategy.
#include "balance_fixture.hpp"
#include "proxy/balance/geographic.hpp"

using namespace balance_test;

namespace {

std::unique_ptr<balancer> fresh(std::string_view name)
{
  return make(name, {.zones = 4}).value();
}

/// A pool in which requests come, are answered and fail, and instances come, go, fill up and fall ill: `check` sees
/// each pick.
template <class Check>
void live(balancer& by, std::uint64_t seed, int steps, Check&& check)
{
  struct running
  {
    int number = 0;
    std::uint64_t id = 0;
    std::uint64_t bytes = 0;
    std::int64_t since = 0;
  };
  std::mt19937_64 random(seed);
  auto candidates = std::vector<candidate>();
  auto inside = std::vector<running>();
  auto next_number = 1;
  std::int64_t now = 0;
  for (int step = 0; step < steps; ++step) {
    now += static_cast<std::int64_t>(random() % 5);
    if (candidates.size() < 10 && random() % 50 == 0) {
      candidates.push_back(open(next_number++));
      candidates.back().zone = static_cast<zone_id>(random() % 6);
      if (random() % 3 != 0) candidates.back().weight = static_cast<double>(1 + random() % 3);
    }
    if (!candidates.empty() && random() % 80 == 0) {
      auto const at_index = static_cast<std::ptrdiff_t>(random() % candidates.size());
      auto const number = candidates[at_index].number;
      std::erase_if(inside, [&](running const& each) { return each.number == number; });
      candidates.erase(candidates.begin() + at_index);
      if (random() % 2 == 0) by.told(gone(number));
    }
    for (auto& each : candidates)
      if (random() % 30 == 0) {
        constexpr float healths[] = {0, 0.01F, 0.3F, 1, 1, 1};
        each.ready = random() % 4 != 0;
        each.health = healths[random() % 6];
        each.depth = static_cast<std::uint32_t>(random() % 6);
        each.cores = static_cast<double>(random() % 300) / 100;
        each.memory = random() % (1U << 30U);
      }
    if (random() % 40 == 0) {
      auto weights = std::vector<weight>();
      for (auto const& each : candidates)
        weights.push_back({each.number, static_cast<double>(random() % 5) - 1});
      by.reweigh(weights);
    }
    auto one = asked(random(), at(now), random() % (1U << 22U));
    one.key = random() % 3;
    one.zone = static_cast<zone_id>(random() % 6);
    auto const got = by.pick(candidates, one);
    check(candidates, got);
    if (got) {
      auto& chosen = candidates[*got];
      ++chosen.in_flight;
      inside.push_back({chosen.number, static_cast<std::uint64_t>(step) + 1, one.bytes, now});
      by.told(submitted(chosen.number, inside.back().id, at(now), one.bytes));
    }
    if (!inside.empty() && random() % 3 != 0) {
      auto const at_index = static_cast<std::ptrdiff_t>(random() % inside.size());
      auto const done = inside[at_index];
      inside.erase(inside.begin() + at_index);
      auto said = completed(done.number, done.id, at(now), milliseconds(now - done.since), done.bytes);
      said.failed = random() % 10 == 0;
      by.told(said);
      --std::ranges::find(candidates, done.number, &candidate::number)->in_flight;
    }
  }
}

/// Requests by instance number in a pool where each takes 10 ms and 3 arrive every 5 ms.
std::map<int, int> under_load(balancer& by, std::vector<candidate> candidates, int picks)
{
  struct running
  {
    int number = 0;
    std::uint64_t id = 0;
    std::int64_t end = 0;
  };
  auto counts = std::map<int, int>();
  auto inside = std::vector<running>();
  std::mt19937_64 random(9);
  for (int i = 0; i < picks; ++i) {
    auto const now = i / 3 * 5;
    std::erase_if(inside, [&](running const& each) {
      if (each.end > now) return false;
      by.told(completed(each.number, each.id, at(each.end), milliseconds(10)));
      --std::ranges::find(candidates, each.number, &candidate::number)->in_flight;
      return true;
    });
    auto one = asked(random(), at(now));
    one.key = random() | 1U;
    one.zone = 1;
    auto const got = by.pick(candidates, one);
    if (!got) continue;
    auto& chosen = candidates[*got];
    ++chosen.in_flight;
    ++counts[chosen.number];
    inside.push_back({chosen.number, static_cast<std::uint64_t>(i), now + 10});
    by.told(submitted(chosen.number, static_cast<std::uint64_t>(i), at(now)));
  }
  return counts;
}

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("every strategy: only one that is ready, healthy and has room, and always one if there is any")
{
  for (auto const name : strategies)
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(name);
      auto const by = fresh(name);
      auto picked = 0;
      auto right = true;
      live(*by, seed, 5'000, [&](std::vector<candidate> const& candidates, answer got) {
        auto const any = std::ranges::any_of(candidates, takes_one);
        right = right && got.has_value() == any;
        if (!got) return;
        ++picked;
        right = right && *got < candidates.size() && takes_one(candidates[*got]);
      });
      CHECK(right);
      CHECK(picked > 1'000);
    }
}

TEST_CASE("predicted: leaves one waiting only while a full instance is at work, whose completion asks again")
{
  auto const by = make("predicted", {.may_wait = true}).value();
  auto waited = 0;
  auto right = true;
  live(*by, 3, 20'000, [&](std::vector<candidate> const& candidates, answer got) {
    if (got) {
      right = right && takes_one(candidates[*got]);
      return;
    }
    if (!std::ranges::any_of(candidates, takes_one)) return;
    ++waited;
    right = right && std::ranges::any_of(candidates, [](candidate const& each) {
              return each.ready && each.in_flight > 0 && each.in_flight >= each.depth;
            });
  });
  CHECK(right);
  CHECK(waited > 0);
}

TEST_CASE("every strategy: the same past and the same question, the same answer")
{
  for (auto const name : strategies) {
    auto const first = fresh(name);
    auto const second = fresh(name);
    auto answers = std::vector<answer>();
    live(*first, 6, 2'000, [&](auto const&, answer got) { answers.push_back(got); });
    auto next = answers.begin();
    auto same = true;
    live(*second, 6, 2'000, [&](auto const&, answer got) { same = same && got == *next++; });
    CHECK(same);
  }
}

TEST_CASE("every strategy: shares of a loaded pool of equals are fair")
{
  for (auto const name : strategies) {
    CAPTURE(name);
    auto const by = fresh(name);
    auto counts = under_load(*by, several(3), 6'000);
    for (int number = 1; number <= 3; ++number)
      CHECK(counts[number] == doctest::Approx(2'000).epsilon(0.15));
  }
}

TEST_CASE("every strategy: a degraded one gets less than a healthy one, an unhealthy or draining one nothing")
{
  for (auto const name : strategies)
    for (auto const ill : {1, 2, 3}) { // wherever it stands
      CAPTURE(name);
      CAPTURE(ill);
      auto candidates = several(5);
      for (auto& each : candidates)
        each.zone = 1;
      candidates[ill - 1U].health = 0.3F;
      candidates[3].health = 0;
      candidates[4].ready = false;
      auto const by = fresh(name);
      auto counts = under_load(*by, candidates, 6'000);
      auto const healthy = (counts[1] + counts[2] + counts[3] - counts[ill]) / 2;
      CHECK(counts[ill] < 0.7 * healthy);
      CHECK(counts[4] == 0);
      CHECK(counts[5] == 0);
      CHECK(counts[1] + counts[2] + counts[3] == 6'000);
    }
}

TEST_CASE("every strategy: degraded ones serve all where there is nobody else")
{
  for (auto const name : strategies) {
    auto const by = fresh(name);
    CHECK(counts_of(*by, {open(1, 0, 0.01F)}, 50)[1] == 50);
  }
}

TEST_SUITE_END();
