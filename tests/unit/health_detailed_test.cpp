#include "proxy/health/detailed.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

instant const start{1'000s};
constexpr std::uint64_t mib = std::uint64_t{1} << 20;

/// The trend after `samples` samples, 30 s apart, of what `bytes_at` says for each number.
memory_trend trend_of(int samples, auto bytes_at)
{
  auto trend = memory_trend();
  for (int i = 0; i < samples; ++i)
    trend.add(start + i * 30s, static_cast<std::uint64_t>(bytes_at(i)));
  return trend;
}

detailed_facts well()
{
  return {.cores = 1, .busy_share = 1, .threads = 3, .threads_at_ready = 2, .bytes = 200 * mib, .room = 4'096 * mib};
}

} // namespace

TEST_CASE("memory trend: steady, noisy, warming up and shrinking memory is no leak")
{
  auto random = std::mt19937_64(3);
  auto const noise = [&] { return static_cast<double>(random() % (20 * mib)); };
  CHECK_FALSE(trend_of(100, [](int) { return 200 * mib; }).certain());
  for (int run = 0; run < 50; ++run)
    CHECK_FALSE(trend_of(200, [&](int) { return 200.0 * mib + noise(); }).certain());
  CHECK_FALSE(trend_of(200, [](int i) { return (i < 3 ? 100 : 300) * mib; }).certain());
  CHECK_FALSE(trend_of(200, [](int i) { return 900 * mib - static_cast<std::uint64_t>(i) * mib; }).certain());
  CHECK_FALSE(trend_of(200, [](int i) { return (i == 150 ? 2'000 : 200) * mib; }).certain());
}

TEST_CASE("memory trend: one step is no leak, wherever the window has it, with noise on it or without")
{
  auto random = std::mt19937_64(5);
  auto const noise = [&] { return static_cast<double>(random() % (4 * mib)); };
  for (int at = 1; at < 20; ++at) {
    CHECK_FALSE(trend_of(20, [&](int i) { return (i < at ? 100 : 300) * mib; }).certain());
    for (int run = 0; run < 20; ++run)
      CHECK_FALSE(trend_of(20, [&](int i) { return (i < at ? 100.0 : 300.0) * mib + noise(); }).certain());
  }
}

TEST_CASE("memory trend: a leak is found, fast or slow, with noise on it")
{
  auto random = std::mt19937_64(4);
  auto const noise = [&] { return static_cast<double>(random() % (4 * mib)); };
  SUBCASE("2 MiB a check within ten minutes")
  {
    auto const found = trend_of(20, [&](int i) { return (200.0 + 2 * i) * mib + noise(); }).certain();
    REQUIRE(found);
    CHECK(found->bytes_per_hour == doctest::Approx(240.0 * mib).epsilon(0.2));
  }
  SUBCASE("20 MiB an hour within a day")
  {
    auto const found = trend_of(2'880, [&](int i) { return (200.0 + i / 6.0) * mib + noise(); }).certain();
    REQUIRE(found);
    CHECK(found->bytes_per_hour == doctest::Approx(20.0 * mib).epsilon(0.2));
    CHECK(found->over > 10h);
  }
  SUBCASE("fewer samples say nothing")
  {
    CHECK_FALSE(trend_of(9, [](int i) { return (200 + 50 * i) * mib; }).certain());
  }
}

TEST_CASE("memory trend: a long life of an old instance costs no more than its windows")
{
  auto trend = trend_of(100'000, [](int) { return 200 * mib; });
  for (int i = 0; i < 20; ++i)
    trend.add(start + (100'000 + i) * 30s, (200 + 5 * static_cast<std::uint64_t>(i)) * mib);
  REQUIRE(trend.certain()); // and the recent window still sees a fast leak
  CHECK(trend.last() == 295 * mib);
}

TEST_CASE("detailed: a fully used instance is not ill")
{
  auto const found = judge_detailed(well());
  CHECK(found.score == 100);
  CHECK(found.sentence.empty());
  auto four = well();
  four.cores = 3.9;
  four.compute_threads = 4;
  CHECK(judge_detailed(four).score == 100);
}

TEST_CASE("detailed: a leak scores by what is left, and says so")
{
  auto facts = well();
  facts.leak = growth{1'024.0 * mib, 600s};
  auto const found = judge_detailed(facts);
  CHECK(found.score == doctest::Approx(36).epsilon(0.05)); // four hours left
  CHECK(found.sentence == "its memory (200 MiB) has grown by 1 GiB an hour over 10 min: nothing is left in 4 h");
  facts.leak->bytes_per_hour = 300.0 * mib;
  CHECK(judge_detailed(facts).score == 100); // more than twelve hours
  facts.room = 0;
  CHECK(judge_detailed(facts).score < 20);
  CHECK(judge_detailed(facts).sentence.ends_with("twice as much in 0.667 h"));
}

TEST_CASE("detailed: CPU that no forward explains and threads that pile up are told")
{
  auto burning = well();
  burning.busy_share = 0;
  CHECK(judge_detailed(burning).score == 50);
  CHECK(judge_detailed(burning).sentence == "it uses 1 cores while its forwards explain 0");
  burning.spins = true;
  CHECK(judge_detailed(burning).score == 100);

  auto piling = well();
  piling.threads = 100;
  CHECK(judge_detailed(piling).score == 30);
  CHECK(judge_detailed(piling).sentence == "it has 100 threads, at its start there were 2");
  piling.threads = 11;
  CHECK(judge_detailed(piling).score == 100);
}

TEST_CASE("detailed: a state that serves badly is told: no room for replies for long, no model zygote")
{
  auto cramped = well();
  cramped.without_room = 29s;
  CHECK(judge_detailed(cramped).score == 100);
  cramped.without_room = 40s;
  CHECK(judge_detailed(cramped).score == 40);
  CHECK(judge_detailed(cramped).sentence == "its reply arena has been full for 40 s: clients read too slowly");
  auto orphan = well();
  orphan.zygote_gone = true;
  CHECK(judge_detailed(orphan).score == 40);
  CHECK(judge_detailed(orphan).sentence == "its model zygote is gone: no other instance could take its place");
}

TEST_CASE("detailed: property: the score is monotone in each fact and within 0 to 100")
{
  auto random = std::mt19937_64(5);
  auto const real = [&](double most) { return static_cast<double>(random() % 10'000) / 10'000 * most; };
  for (int run = 0; run < 5'000; ++run) {
    auto facts = detailed_facts{.cores = real(4),
                                .busy_share = real(1),
                                .compute_threads = static_cast<int>(1 + random() % 4),
                                .threads = static_cast<int>(random() % 100),
                                .threads_at_ready = static_cast<int>(random() % 10),
                                .bytes = random() % (1'000 * mib),
                                .room = random() % (9'000 * mib),
                                .leak = std::nullopt,
                                .without_room = duration(random() % 60'000'000),
                                .zygote_gone = random() % 4 == 0};
    if (random() % 2 == 0) facts.leak = growth{real(4'000.0 * mib), 600s};
    auto const score = judge_detailed(facts).score;
    CHECK(score >= 0);
    CHECK(score <= 100);
    auto worse = facts;
    worse.cores += real(2);
    CHECK(judge_detailed(worse).score <= score);
    worse = facts;
    worse.threads += static_cast<int>(random() % 50);
    if (facts.threads > 0) CHECK(judge_detailed(worse).score <= score);
    worse = facts;
    if (worse.leak) worse.leak->bytes_per_hour *= 1 + real(3);
    CHECK(judge_detailed(worse).score <= score);
    worse = facts;
    worse.room = std::max<std::uint64_t>(1, worse.room / 2);
    if (facts.room > 0) CHECK(judge_detailed(worse).score <= score);
  }
}
