#include "proxy/balance/predicted.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

namespace {

/// Serves requests of several sizes one after the other: instance i takes base + KiB * slowness[i] milliseconds.
class taught
{
public:
  explicit taught(std::vector<double> slowness, int rounds = 100, bool may_wait = false)
      : by(may_wait), slowness_(std::move(slowness))
  {
    auto const all = several(static_cast<int>(slowness_.size()));
    for (int round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < slowness_.size(); ++i) {
        by.pick(all, asked(1, at(now)));
        serve(static_cast<int>(i) + 1, 1 + (round * 7 + i) % 50);
      }
  }

  void serve(int number, std::uint64_t kib)
  {
    auto const takes = milliseconds(2 + std::lround(static_cast<double>(kib) * slowness_[number - 1U]));
    by.told(submitted(number, ++id, at(now), kib << 10U));
    now += takes.count();
    by.told(completed(number, id, at(now), takes, kib << 10U));
  }

  predicted by;
  std::int64_t now = 0;
  std::uint64_t id = 0;

private:
  std::vector<double> slowness_;
};

constexpr std::uint64_t no_exploring = 1;
constexpr std::uint64_t exploring = 0;

} // namespace

TEST_SUITE_BEGIN("balance");

TEST_CASE("predicted: knows the faster one, and what stands before a request in it")
{
  auto known = taught({4, 1});
  auto& by = known.by;
  auto const kib = [](std::uint64_t n) { return n << 10U; };
  CHECK(by.pick(several(2), asked(no_exploring, at(known.now), kib(20))) == answer{1});
  // 100 ms of work in the fast one: a request that takes 6 or 3 ms goes to the slow one, one of 202 or 52 ms waits.
  by.told(submitted(2, 900, at(known.now), kib(98)));
  auto const busy = std::vector{open(1), open(2, 1)};
  CHECK(by.pick(busy, asked(no_exploring, at(known.now), kib(1))) == answer{0});
  CHECK(by.pick(busy, asked(no_exploring, at(known.now), kib(50))) == answer{1});
  // Most of that work is done after 98 ms.
  CHECK(by.pick(busy, asked(no_exploring, at(known.now + 98), kib(5))) == answer{1});
}

TEST_CASE("predicted: one that is overdue is expected to be late yet")
{
  auto known = taught({1, 1});
  auto& by = known.by;
  by.told(submitted(1, 900, at(known.now), 1'024)); // should take 3 ms
  CHECK(by.pick(std::vector{open(1, 1), open(2, 1)}, asked(no_exploring, at(known.now))).has_value());
  by.told(submitted(2, 901, at(known.now + 2'000), 100 << 10U)); // takes 102 ms
  CHECK(by.pick(std::vector{open(1, 1), open(2, 1)}, asked(no_exploring, at(known.now + 2'001))) == answer{1});
}

TEST_CASE("predicted: waits for a full one that is faster, if it may, not with many behind, not for one that hangs")
{
  for (auto const may_wait : {true, false}) {
    auto known = taught({10, 1}, 100, may_wait);
    auto& by = known.by;
    auto pool = std::vector{open(1), open(2, 1)};
    pool[1].depth = 1;
    by.told(submitted(2, 900, at(known.now), 10 << 10U));     // 12 ms
    auto one = asked(no_exploring, at(known.now), 10 << 10U); // 102 ms in the slow one, 24 in the fast one
    CHECK(by.pick(pool, one) == (may_wait ? std::nullopt : answer{0}));
    one.waiting = 100;
    CHECK(by.pick(pool, one) == answer{0});
    one.waiting = 0;
    one.now = at(known.now + 1'000); // it should have ended long ago
    CHECK(by.pick(pool, one) == answer{0});
    one.now = at(known.now);
    pool[1].ready = false; // nothing to wait for
    CHECK(by.pick(pool, one) == answer{0});
    pool = {open(1, 64), open(2, 64)};
    CHECK(by.pick(pool, one) == std::nullopt);
  }
}

TEST_CASE("predicted: while nothing is learned, the least loaded")
{
  auto by = predicted();
  CHECK(by.pick(std::vector{open(1, 3), open(2, 1), open(3, 2)}, asked(no_exploring)) == answer{1});
}

TEST_CASE("predicted: a new one is taken for an average one at once")
{
  auto known = taught({1, 1});
  auto const with_new = std::vector{open(1, 1), open(2, 1), open(3)};
  known.by.told(submitted(1, 900, at(known.now), 10 << 10U));
  known.by.told(submitted(2, 901, at(known.now), 10 << 10U));
  CHECK(known.by.pick(with_new, asked(no_exploring, at(known.now))) == answer{2});
  // And is not flooded before it has answered.
  for (std::uint64_t i = 0; i < 4; ++i)
    known.by.told(submitted(3, 910 + i, at(known.now), 10 << 10U));
  CHECK(known.by.pick(std::vector{open(1, 1), open(2, 1), open(3, 4)}, asked(no_exploring, at(known.now))) ==
        answer{0});
}

TEST_CASE("predicted: what it learned follows the number, and goes with the instance")
{
  auto known = taught({6, 1});
  CHECK(known.by.pick(std::vector{open(2), open(1)}, asked(no_exploring, at(known.now))) == answer{0});
  CHECK(known.by.pick(std::vector{open(5), open(1)}, asked(no_exploring, at(known.now))) == answer{0});
  CHECK(known.by.pick(std::vector{open(1), open(2)}, asked(no_exploring, at(known.now))) == answer{1});
  known.by.told(gone(1)); // a new process under the old number: no reason to think it slow
  CHECK(known.by.pick(std::vector{open(1), open(2, 1)}, asked(no_exploring, at(known.now), 40 << 10U)) == answer{0});
}

TEST_CASE("predicted: explores an idle one that was silent for long, with a cheap request only, and finds it faster")
{
  auto known = taught({4, 1});
  auto& by = known.by;
  for (int i = 0; i < 30; ++i)
    known.serve(2, 20);
  CHECK(by.pick(several(2), asked(exploring, at(known.now), 1'024)) == answer{1}); // not silent for long
  known.now += 60'000;
  known.serve(2, 20);
  CHECK(by.pick(several(2), asked(exploring, at(known.now), 1'024)) == answer{0});
  CHECK(by.pick(several(2), asked(no_exploring, at(known.now), 1'024)) == answer{1});
  CHECK(by.pick(several(2), asked(exploring, at(known.now), 400 << 10U)) == answer{1});                  // dear
  CHECK(by.pick(std::vector{open(1, 1), open(2)}, asked(exploring, at(known.now), 1'024)) == answer{1}); // busy
}

TEST_CASE("predicted: failures, strangers and answers that nobody asked for teach nothing")
{
  auto known = taught({2, 1});
  auto& by = known.by;
  for (int i = 0; i < 100; ++i) {
    auto failed = completed(1, ++known.id, at(known.now), milliseconds(0));
    by.told(submitted(1, known.id, at(known.now)));
    failed.failed = true;
    by.told(failed);
    by.told(completed(1, 77'777, at(known.now), milliseconds(0))); // never submitted
    by.told(completed(99, 5, at(known.now), milliseconds(0)));     // never seen
  }
  CHECK(by.pick(several(2), asked(no_exploring, at(known.now), 20 << 10U)) == answer{1});
}

TEST_CASE("predicted: more inside than it follows, and ends without a word, do no harm")
{
  auto known = taught({1, 1});
  auto one = open(1);
  one.depth = 1'000;
  for (std::uint64_t i = 0; i < 500; ++i)
    known.by.told(submitted(1, 10'000 + i, at(known.now)));
  one.in_flight = 500;
  CHECK(known.by.pick(std::vector{one, open(2)}, asked(no_exploring, at(known.now))) == answer{1});
  for (std::uint64_t i = 0; i < 500; i += 2)
    known.by.told(completed(1, 10'000 + i, at(known.now + 1), milliseconds(1)));
  // The rest was lost: an instance with nothing inside has no work before it.
  one.in_flight = 0;
  known.by.told(submitted(2, 20'000, at(known.now), 30 << 10U));
  CHECK(known.by.pick(std::vector{one, open(2, 1)}, asked(no_exploring, at(known.now + 1))) == answer{0});
}

TEST_SUITE_END();
