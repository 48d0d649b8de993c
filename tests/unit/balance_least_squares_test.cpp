#include "proxy/balance/least_squares.hpp"

#include "balance_fixture.hpp"
#include "proxy/balance/service_law.hpp"

using namespace balance_test;

TEST_SUITE_BEGIN("balance");

TEST_CASE("least_squares: finds the law behind noisy samples, and follows it when it changes")
{
  std::mt19937_64 random(11);
  auto noise = std::normal_distribution(0.0, 0.05);
  auto fit = least_squares<3>({0, 0, 0}, {100, 100, 100});
  auto const teach = [&](std::array<double, 3> const& law) {
    for (int i = 0; i < 3'000; ++i) {
      auto const x =
          std::array{1.0, static_cast<double>(random() % 100) / 50, static_cast<double>(random() % 100) / 20};
      fit.learn(x, law[0] + law[1] * x[1] + law[2] * x[2] + noise(random), 0.99);
    }
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(fit.law()[i] == doctest::Approx(law[i]).epsilon(0.05));
  };
  teach({1, 2, 3});
  teach({4, 0.5, 1});
}

TEST_CASE("least_squares: what never varies does not make it wild when it does at last")
{
  auto fit = least_squares<2>({0, 0}, {10, 10});
  for (int i = 0; i < 100'000; ++i)
    fit.learn({1, 1}, 5, 0.99);
  CHECK(fit.at({1, 1}) == doctest::Approx(5));
  for (int i = 0; i < 50; ++i) {
    fit.learn({1, 2.0 + i % 3}, 4 + 2.0 + i % 3, 0.99);
    CHECK(std::abs(fit.at({1, 1})) < 20);
  }
  CHECK(fit.at({1, 10}) == doctest::Approx(14).epsilon(0.05));
}

TEST_CASE("least_squares: nonsense teaches nothing")
{
  auto fit = least_squares<2>({1, 2}, {1, 1});
  fit.learn({1, 1}, std::nan(""), 0.99);
  fit.learn({1, HUGE_VAL}, 3, 0.99);
  CHECK(fit.law() == std::array{1.0, 2.0});
}

TEST_CASE("service_law: any of a constant, a linear and a quadratic cost, in its own units")
{
  std::mt19937_64 random(12);
  auto noise = std::lognormal_distribution(0.0, 0.1);
  struct one
  {
    double base, linear, square, mean_kib;
  };
  constexpr one table[] = {{3, 0, 0, 100},      {0.5, 0.02, 0, 400},   {1, 0, 1e-4, 100},
                           {0.01, 0.1, 0, 0.2}, {20, 0.03, 0, 16'000}, {2, 0, 0, 0}};
  for (auto const& [base, linear, square, mean_kib] : table) {
    auto law = service_law();
    CHECK(!law.known());
    auto size = std::exponential_distribution(1.0);
    for (int i = 0; i < 2'000; ++i) {
      auto const kib = mean_kib * size(random);
      law.learn(kib, (base + linear * kib + square * kib * kib) * noise(random));
    }
    CHECK(law.known());
    for (auto const factor : {0.2, 1.0, 2.5}) {
      auto const kib = mean_kib * factor;
      CAPTURE(base);
      CAPTURE(kib);
      CHECK(law.expected_ms(kib) == doctest::Approx(base + linear * kib + square * kib * kib).epsilon(0.1));
    }
    CHECK(service_law::born_from(law).expected_ms(mean_kib) == law.expected_ms(mean_kib));
  }
}

TEST_CASE("service_law: is never below zero, whatever it was told")
{
  std::mt19937_64 random(13);
  auto law = service_law();
  for (int i = 0; i < 5'000; ++i) {
    law.learn(static_cast<double>(random() % 1'000'000), static_cast<double>(random() % 1'000) / 10);
    for (auto const kib : {0.0, 1.0, 1e3, 1e6}) {
      CHECK(law.expected_ms(kib) > 0);
      CHECK(std::isfinite(law.expected_ms(kib)));
    }
  }
}

TEST_SUITE_END();
