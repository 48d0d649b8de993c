#include "proxy/decide/budget.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::decide;
using namespace std::chrono_literals;

namespace {

instant day(unsigned month, unsigned day_of_month, std::chrono::hours hour = 0h)
{
  return std::chrono::sys_days(std::chrono::year(2026) / month / day_of_month) + hour;
}

} // namespace

TEST_CASE("budget: hours of every instance count, and nothing before the first look")
{
  worker_hours hours;
  hours.account(day(11, 2), 7);
  CHECK(hours.used() == 0);
  for (int second = 1; second <= 3'600; ++second)
    hours.account(day(11, 2) + std::chrono::seconds(second), 2);
  CHECK(hours.used() == doctest::Approx(2));
  hours.account(day(11, 2) + 3'600s, 2);
  CHECK(hours.used() == doctest::Approx(2));
}

TEST_CASE("budget: a gap that nobody saw counts as a minute")
{
  worker_hours hours;
  hours.account(day(11, 2), 1);
  hours.account(day(11, 3), 1);
  CHECK(hours.used() == doctest::Approx(1.0 / 60));
}

TEST_CASE("budget: a new month begins at zero, with the part of the last look that lies in it")
{
  worker_hours hours;
  hours.restore(day(11, 30, 23h), 500);
  hours.account(day(12, 1) - 30s, 1);
  hours.account(day(12, 1) + 15s, 1);
  CHECK(hours.used() == doctest::Approx(15.0 / 3'600));
  CHECK(hours.state(day(12, 1) + 15s, 100) == budget_state::within);
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
