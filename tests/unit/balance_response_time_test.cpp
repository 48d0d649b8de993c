#include "proxy/balance/response_time.hpp"

#include "balance_fixture.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("response_time: the fastest, times what is inside it")
{
  auto by = response_time();
  by.pick(several(2), asked());
  by.told(completed(1, 1, at(0), milliseconds(10)));
  by.told(completed(2, 2, at(0), milliseconds(25)));
  CHECK(by.pick(several(2), asked(0, at(1))) == answer{0});
  CHECK(by.pick(std::vector{open(1, 1), open(2)}, asked(0, at(1))) == answer{0}); // 20 against 25
  CHECK(by.pick(std::vector{open(1, 2), open(2)}, asked(0, at(1))) == answer{1}); // 30 against 25
  CHECK(by.pick(std::vector{open(2), open(1)}, asked(0, at(1))) == answer{1});    // state follows the number
}

TEST_CASE("response_time: a peak counts at once, and sinks slowly")
{
  auto by = response_time();
  by.pick(several(2), asked());
  by.told(completed(1, 1, at(0), milliseconds(10)));
  by.told(completed(2, 2, at(0), milliseconds(20)));
  by.told(completed(1, 3, at(1), milliseconds(500)));
  CHECK(by.pick(several(2), asked(0, at(2))) == answer{1});
  by.told(completed(1, 4, at(3), milliseconds(10))); // one good answer does not make up for it
  CHECK(by.pick(several(2), asked(0, at(4))) == answer{1});
  // Without traffic it sinks all the same, and is tried again.
  auto now = 4;
  for (; now < 120'000 && by.pick(several(2), asked(0, at(now))) == answer{1}; now += 100)
    by.told(completed(2, 5, at(now), milliseconds(20)));
  CHECK(now > 20'000);
  CHECK(now < 60'000);
}

TEST_CASE("response_time: a new one is tried once and spared until it answers")
{
  auto by = response_time();
  by.pick(several(1), asked());
  by.told(completed(1, 1, at(0), milliseconds(10)));
  CHECK(by.pick(several(2), asked(0, at(1))) == answer{1});
  CHECK(by.pick(std::vector{open(1, 20), open(2, 1)}, asked(0, at(1))) == answer{0});
  by.told(completed(2, 2, at(2), milliseconds(5)));
  CHECK(by.pick(std::vector{open(1, 20), open(2, 1)}, asked(0, at(3))) == answer{1});
}

TEST_CASE("response_time: failures say nothing, and another instance of the same number is new")
{
  auto by = response_time();
  by.pick(several(2), asked());
  by.told(completed(1, 1, at(0), milliseconds(10)));
  by.told(completed(2, 2, at(0), milliseconds(20)));
  auto failed = completed(2, 3, at(1), milliseconds(0));
  failed.failed = true;
  by.told(failed);
  CHECK(by.pick(several(2), asked(0, at(2))) == answer{0});
  by.told(gone(2));
  CHECK(by.pick(several(2), asked(0, at(3))) == answer{1});
}

TEST_SUITE_END();
