#include "proxy/health/schedule.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>

using namespace pilotlight::health;
using namespace std::chrono_literals;

namespace {

instant const start{1'700'000'000s};
policy const usual{};
occupation const serving{.ready = true};

} // namespace

TEST_CASE("schedule: each check comes once in each of its intervals, the first within one")
{
  auto of = plan(7, 2, start, usual);
  auto counts = std::map<check, int>();
  for (auto now = start; now <= start + 3'000s; now += 1s)
    for (auto const which : take_due(of, now, serving, usual))
      ++counts[which];
  CHECK(counts[check::basic] == 600);
  CHECK(counts[check::detailed] == 100);
  CHECK(counts[check::performance] == 50);
  CHECK(counts[check::functional] == 10);
}

TEST_CASE("schedule: the same instance gets the same places, another one others")
{
  CHECK(plan(7, 2, start, usual) == plan(7, 2, start, usual));
  CHECK(plan(7, 2, start, usual) != plan(7, 3, start, usual));
  CHECK(plan(7, 2, start, usual) != plan(8, 2, start, usual));
}

TEST_CASE("schedule: 1,000 models of three instances that start together are not checked together")
{
  auto agendas = std::vector<agenda>();
  for (model_index model = 0; model < 1'000; ++model)
    for (int number = 1; number <= 3; ++number)
      agendas.push_back(plan(model, number, start, usual));
  std::size_t most = 0;
  for (auto now = start; now < start + 300s; now += 100ms) {
    std::size_t now_due = 0;
    for (auto& each : agendas)
      now_due += take_due(each, now, serving, usual).size();
    most = std::max(most, now_due);
  }
  // 3,000 x (1/5 + 1/30 + 1/60 + 1/300) / 10 = 76 on average.
  CHECK(most < 130);
}

TEST_CASE("schedule: nothing is due for what is not ready, for a draining one only whether it hangs")
{
  auto of = plan(0, 1, start, usual);
  auto const much_later = start + 3'600s;
  CHECK(take_due(of, much_later, {}, usual).empty());
  CHECK(next_due(of, {}, usual) == instant::max());
  CHECK(take_due(of, much_later, {.ready = true, .draining = true}, usual) == std::vector{check::basic});
}

TEST_CASE("schedule: disabled, or with an interval of zero, a check is never due")
{
  auto off = usual;
  off.enabled = false;
  auto of = plan(0, 1, start, off);
  CHECK(take_due(of, start + 3'600s, serving, off).empty());
  auto no_canary = usual;
  no_canary.intervals[3] = 0s;
  of = plan(0, 1, start, no_canary);
  CHECK(take_due(of, start + 3'600s, serving, no_canary).size() == 3);
}

TEST_CASE("schedule: shorter intervals hold at once, and many instances stay spread over them")
{
  auto rare = usual;
  rare.intervals = {1h, 1h, 24h, 24h};
  auto counts = std::map<duration, int>(); // of the first basic checks, by the second
  for (model_index model = 0; model < 100; ++model) {
    auto of = plan(model, 1, start, rare);
    take_due(of, start + 1s, serving, rare);
    take_due(of, start + 1s, serving, usual);
    for (std::size_t i = 0; i < checks; ++i)
      CHECK(of.next[i] <= start + 1s + usual.intervals[i]);
    ++counts[std::chrono::floor<std::chrono::seconds>(of.next[0] - start)];
  }
  CHECK(counts.size() >= 5);
  for (auto const& [second, count] : counts)
    CHECK(count < 40);
}

TEST_CASE("schedule: what was missed comes once")
{
  auto of = plan(0, 1, start, usual);
  CHECK(take_due(of, start + 24h, serving, usual).size() == 4);
  CHECK(take_due(of, start + 24h, serving, usual).empty());
  auto const later = take_due(of, start + 24h + 5s, serving, usual);
  CHECK(std::count(later.begin(), later.end(), check::basic) == 1);
}

TEST_CASE("schedule: a canary waits for a gap, for half of its interval at most")
{
  auto of = plan(0, 1, start, usual);
  auto const due = of.next[3];
  auto const busy = occupation{.ready = true, .busy = true};
  auto const has_canary = [](std::vector<check> const& found) {
    return std::count(found.begin(), found.end(), check::functional) == 1;
  };
  auto gap = of;
  CHECK_FALSE(has_canary(take_due(gap, due + 10s, busy, usual)));
  CHECK(has_canary(take_due(gap, due + 11s, serving, usual)));
  CHECK_FALSE(has_canary(take_due(of, due + 149s, busy, usual)));
  CHECK(has_canary(take_due(of, due + 150s, busy, usual)));
  CHECK(of.next[3] == due + 300s); // the grid stays
}

TEST_CASE("schedule: property: something is due exactly from next_due on")
{
  auto random = std::mt19937_64(1);
  for (int run = 0; run < 2'000; ++run) {
    auto of = plan(static_cast<model_index>(random() % 1'000), static_cast<int>(random() % 5), start, usual);
    auto now = start;
    for (int step = 0; step < 20; ++step) {
      auto const instance =
          occupation{.ready = random() % 4 != 0, .draining = random() % 4 == 0, .busy = random() % 2 == 0};
      now += duration(random() % 40'000'000);
      auto const next = next_due(of, instance, usual);
      if (next != instant::max()) {
        auto early = of;
        CHECK(take_due(early, next - 1us, instance, usual).empty());
        CHECK_FALSE(take_due(early, next, instance, usual).empty());
      }
      CHECK(take_due(of, now, instance, usual).empty() == (now < next));
    }
  }
}
