#include "proxy/predict/fleet.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <random>

using namespace pilotlight::predict;

namespace {

/// Accounts over `gaps` gaps in which dearer prices wait less and are warm longer.
accounts made(double gaps, double plain_waits, double plain_warm, double best_gain)
{
  accounts all;
  all.gaps = static_cast<float>(gaps);
  all.plain = {static_cast<float>(plain_waits), static_cast<float>(plain_warm)};
  all.lived = all.plain;
  for (std::size_t i = 0; i < prices; ++i) {
    auto const share = static_cast<double>(i) / (prices - 1);
    all.hazard[i] = {static_cast<float>(plain_waits * 2.5 * (1 - share)),
                     static_cast<float>(plain_warm * (0.2 + 1.6 * share) * best_gain)};
  }
  return all;
}

/// What the accounts say of a price between two that were accounted for.
balance at_price(accounts const& all, double price)
{
  std::size_t rung = 0;
  while (rung + 2 < prices && price_of(rung + 1) <= price)
    ++rung;
  auto const share =
      static_cast<float>(std::log(price / price_of(rung)) / std::log(price_of(rung + 1) / price_of(rung)));
  auto const &low = all.hazard[rung], &high = all.hazard[rung + 1];
  return {low.waits + share * (high.waits - low.waits), low.warm + share * (high.warm - low.warm)};
}

} // namespace

TEST_SUITE("account")
{
  TEST_CASE("account: without enough gaps the plain delay stays")
  {
    CHECK(choose_hazard(made(20, 15, 4'000, 0.3), aim::balanced, 300).by == way::plain);
    CHECK(choose_hazard(made(1'000, 300, 200'000, 0.6), aim::balanced, 300).by == way::hazard);
  }

  TEST_CASE("account: where nothing beats the plain delay, it stays")
  {
    for (auto const what : {aim::balanced, aim::fewer_waits, aim::less_memory})
      CHECK(choose_hazard(made(1'000, 300, 200'000, 3), what, 300).by == way::plain);
  }

  TEST_CASE("account: whatever the balances, what is chosen keeps its bound")
  {
    std::mt19937_64 random(11);
    std::uniform_real_distribution<float> waits(0, 500), warm(0, 300'000);
    int chosen = 0;
    for (int round = 0; round < 2'000; ++round) {
      accounts all;
      all.gaps = 600;
      all.plain = {waits(random), warm(random)};
      all.lived = all.plain;
      for (auto& one : all.hazard)
        one = {waits(random), warm(random)};
      for (auto const what : {aim::balanced, aim::less_memory, aim::fewer_waits}) {
        auto const best = choose_hazard(all, what, 300);
        if (best.by == way::plain) continue;
        ++chosen;
        auto const there = at_price(all, best.price);
        if (what != aim::fewer_waits) CHECK(there.waits <= all.plain.waits * 1.001);
        if (what != aim::less_memory) CHECK(there.warm <= all.plain.warm * 1.001);
      }
    }
    CHECK(chosen > 1'000);
  }

  TEST_CASE("account: the aims differ in what they spend")
  {
    auto const all = made(2'000, 400, 200'000, 0.7);
    auto const fewer = choose_hazard(all, aim::fewer_waits, 300);
    auto const less = choose_hazard(all, aim::less_memory, 300);
    CHECK(fewer.price > less.price);
  }

  TEST_CASE("account: a timer's window is chosen by what it costs, not by how much it catches")
  {
    accounts all;
    all.timer_gaps = 100;
    all.timer_plain = {100, 30'000};
    for (std::size_t i = 0; i < window_widths.size(); ++i)
      all.timer[i] = {static_cast<float>(20.0 * std::exp(-2.0 * static_cast<double>(i))),
                      static_cast<float>(2'000 * window_widths[i])};
    auto const best = choose_timer(all, aim::balanced, 300);
    CHECK(best.by == way::timer);
    CHECK(best.width > 0);
    CHECK(best.width < window_widths.size() - 1);
    all.timer_gaps = 2;
    CHECK(choose_timer(all, aim::balanced, 300).by == way::plain);
  }

  TEST_CASE("fleet: the price is the one at which all models together wait as the plain delay would, not a step dearer")
  {
    fleet all;
    auto const half = made(1, 0.5, 150, 0.6);
    for (int gap = 0; gap < 3'000; ++gap)
      all.add(half.plain, half.hazard, half.plain, true);
    auto const price = all.price(aim::less_memory, 300);
    CHECK(price > 0);
    auto const there = at_price(half, price);
    CHECK(there.waits <= 1.0001F * half.plain.waits);
    // Not a whole step of the ladder more than that.
    CHECK(there.waits > 0.97 * half.plain.waits);
  }

  TEST_CASE("account: waits are owed beyond the plain delay's, less a reserve where something was ventured")
  {
    struct row
    {
      char const* what;
      float waits, warm; ///< lived; the plain delay had 400 and 200,000
      float ventured;    ///< of those 400
      aim goal;
      bool owed;
    };
    for (auto const& [what, waits, warm, ventured, goal, owed] : {
             row{"as many, nothing ventured", 400, 200'000, 0, aim::balanced, false},
             row{"one more, nothing ventured", 401, 200'000, 0, aim::balanced, true},
             row{"fewer, but within the reserve", 397, 150'000, 400, aim::balanced, true},
             row{"fewer by the reserve", 396, 150'000, 400, aim::balanced, false},
             row{"more, but warmer as well", 420, 200'001, 400, aim::balanced, false},
             row{"more", 420, 150'000, 400, aim::less_memory, true},
             row{"more, where waits are what is minimised", 420, 150'000, 400, aim::fewer_waits, false},
         }) {
      CAPTURE(what);
      auto all = made(2'000, 400, 200'000, 0.7);
      all.lived = {waits, warm};
      all.ventured = ventured;
      CHECK(owes_waits(all, goal) == owed);
    }
  }

  TEST_CASE("account: warmth that was lived beyond the bound is made good by a cheaper price")
  {
    auto const honest = made(2'000, 400, 200'000, 0.7);
    auto exceeded = honest;
    exceeded.lived.warm *= 1.02F;
    auto const before = choose_hazard(honest, aim::fewer_waits, 300);
    auto const after = choose_hazard(exceeded, aim::fewer_waits, 300);
    CHECK(after.price < before.price);
    CHECK(at_price(exceeded, after.price).warm <= 0.93F * honest.plain.warm);
  }
}
