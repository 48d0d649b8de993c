#include "proxy/balance/slots.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("slots: a state follows the number of its instance while others come, go and change places")
{
  struct state
  {
    int of = 0;
  };
  std::mt19937_64 random(3);
  auto kept = slots<state>();
  auto expected = std::map<int, int>();
  auto candidates = std::vector<candidate>();
  auto next = 1;
  for (int step = 0; step < 3'000; ++step) {
    if (!candidates.empty() && random() % 3 == 0)
      candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(random() % candidates.size()));
    if (candidates.size() < 24 && random() % 2 == 0) candidates.push_back(open(next++));
    std::ranges::shuffle(candidates, random);
    kept.align(candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      auto const number = candidates[i].number;
      CHECK(kept[i].of == (expected.contains(number) ? expected[number] : 0));
      kept[i].of = expected[number] = step + 1;
      CHECK(kept.find(number) == &kept[i]);
    }
    std::erase_if(expected, [&](auto const& each) {
      return std::ranges::find(candidates, each.first, &candidate::number) == candidates.end();
    });
  }
}

TEST_CASE("slots: what has gone is forgotten, by absence or by word")
{
  auto kept = slots<int>();
  kept.align(several(3));
  kept[0] = 10;
  kept[1] = 20;
  kept.align(std::vector{open(2)});
  CHECK(kept[0] == 20);
  CHECK(kept.find(1) == nullptr);
  kept.align(several(3));
  CHECK(kept[0] == 0);
  CHECK(kept[1] == 20);
  kept.forget(2);
  CHECK(kept[1] == 0);
  kept.forget(99); // never seen: nothing
}

TEST_SUITE_END();
