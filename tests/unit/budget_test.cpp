#include "proxy/decide/budget.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

namespace {

instant day(unsigned month, unsigned day_of_month, std::chrono::hours hour = 0h)
{
  return std::chrono::sys_days(std::chrono::year(2026) / std::chrono::month(month) / std::chrono::day(day_of_month)) +
         hour;
}

} // namespace

TEST_CASE("budget: hours of every instance count, and nothing before the first look")
{
  worker_hours hours;
  for (int second = 0; second <= 3'600; ++second)
    hours.account(day(11, 2) + std::chrono::seconds(second), 2);
  CHECK(hours.used(day(11, 2)) == doctest::Approx(2));
  hours.account(day(11, 2) + 3'600s, 2);
  CHECK(hours.used(day(11, 2)) == doctest::Approx(2));
}

TEST_CASE("budget: the rest between two calls costs nothing")
{
  worker_hours hours;
  for (int call = 0; call < 10; ++call) {
    auto const start = day(11, 2) + std::chrono::minutes(10 * call);
    hours.account(start, 1);
    hours.account(start + 4s, 0);
  }
  CHECK(hours.used(day(11, 3)) == doctest::Approx(40.0 / 3'600));
}

TEST_CASE("budget: a gap that nobody saw counts as a minute")
{
  worker_hours hours;
  hours.account(day(11, 2), 1);
  hours.account(day(11, 3), 1);
  CHECK(hours.used(day(11, 3)) == doctest::Approx(1.0 / 60));
}

TEST_CASE("budget: a new month begins at zero, with the part of the last look that lies in it")
{
  worker_hours hours;
  hours.restore(day(11, 30, 23h), 500);
  hours.account(day(12, 1) - 30s, 1);
  hours.account(day(12, 1) + 15s, 1);
  CHECK(hours.used(day(12, 1) + 15s) == doctest::Approx(15.0 / 3'600));
  CHECK(hours.state(day(12, 1) + 15s, 100) == budget_state::within);
}

TEST_CASE("budget: a model that nobody accounts any more is refused until the month ends, and not beyond it")
{
  worker_hours hours;
  hours.restore(day(11, 30, 23h), 500);
  CHECK(hours.state(day(11, 30, 23h), 100) == budget_state::over);
  CHECK(hours.state(day(12, 1), 100) == budget_state::within);
  CHECK(hours.used(day(12, 1)) == 0);
}

TEST_CASE("budget: what was saved counts in its own month only, and nonsense counts nothing")
{
  worker_hours before;
  before.restore(day(11, 30), 12.5);
  worker_hours same, later, bad;
  same.restore(day(11, 30, 5h), before.save());
  CHECK(same.used(day(11, 30, 5h)) == doctest::Approx(12.5));
  later.restore(day(12, 1), before.save());
  CHECK(later.used(day(12, 1)) == 0);
  for (auto const* text : {"", "12.5", "x 1", "24323", "24323 ", "24323 x", "24323 -1 "}) {
    bad.restore(day(11, 30), std::string_view(text));
    CHECK(bad.used(day(11, 30)) == 0);
  }
}

TEST_CASE("budget: the month's forecast goes by its mean so far")
{
  worker_hours hours;
  hours.restore(day(11, 1, 12h), 6);
  CHECK(hours.forecast(day(11, 1, 12h)) == doctest::Approx(6)); // too early to say
  hours.restore(day(11, 11), 100);
  CHECK(hours.forecast(day(11, 11)) == doctest::Approx(300)); // 10 of 30 days
  worker_hours february;
  february.restore(day(2, 15), 14);
  CHECK(february.forecast(day(2, 15)) == doctest::Approx(28));
}

TEST_CASE("budget: within, near and over")
{
  struct one
  {
    double used, budget;
    budget_state state;
  };
  // On November 21, two thirds of the month are over.
  one const table[] = {{50, 0, budget_state::within},  {50, 100, budget_state::within}, {79, 100, budget_state::within},
                       {81, 100, budget_state::near},  {81, 125, budget_state::within}, {100, 100, budget_state::over},
                       {120, 100, budget_state::over}, {99.9, 100, budget_state::near}};
  for (auto const& row : table) {
    worker_hours hours;
    hours.restore(day(11, 21), row.used);
    CAPTURE(row.used);
    CAPTURE(row.budget);
    CHECK(hours.state(day(11, 21), row.budget) == row.state);
  }
}
