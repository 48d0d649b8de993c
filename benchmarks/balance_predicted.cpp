// Does `predicted` beat `least_connections` where instances differ in speed and requests in size, and does it cost
// where they do not? A simulation (balance_pool.hpp) over pools, loads and seeds: a table of p99 in milliseconds by
// strategy and its ratio to least_connections (the median over the seeds, and the worst), and one JSON line per row.
// usage: balance_predicted [REQUESTS [SEEDS]]     (default 40000 requests a run, 5 seeds)
#include "benchmarks/balance_pool.hpp"

#include "proxy/balance/make.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

using namespace pilotlight::balance;

struct named_pool
{
  char const* name;
  pool_shape shape;
};

std::vector<named_pool> pools()
{
  auto const made = [](char const* name, std::vector<double> speeds, auto&& change) {
    auto one = named_pool{name, {}};
    one.shape.speeds = std::move(speeds);
    change(one.shape);
    return one;
  };
  auto const four = std::vector{1.0, 1.0, 0.5, 0.25};
  return {
      made("mixed", four, [](pool_shape&) {}),
      made("mixed, slow ones first", {0.25, 0.5, 1, 1}, [](pool_shape&) {}),
      made("two, rings of 2", {1, 0.5}, [](pool_shape& s) { s.depth = 2; }),
      made("alike, rings of 2", {1, 1, 1, 1}, [](pool_shape& s) { s.depth = 2; }),
      made("mixed, rings of 2", four, [](pool_shape& s) { s.depth = 2; }),
      made("two, one half as fast", {1, 0.5}, [](pool_shape&) {}),
      made("mixed, quadratic cost", four,
           [](pool_shape& s) {
             s.ms_per_kib2 = 1e-4;
             s.size_spread = 0.8;
           }),
      made("mixed, noise 0.5", four, [](pool_shape& s) { s.noise = 0.5; }),
      made("mixed, equal sizes", four, [](pool_shape& s) { s.size_spread = 0; }),
      made("mixed, 2 at once", four, [](pool_shape& s) { s.at_once = 2; }),
      made("mixed, speeds turn round", four, [](pool_shape& s) { s.turn_at = 0.5; }),
      made("alike, sizes differ", {1, 1, 1, 1}, [](pool_shape&) {}),
      made("alike, equal sizes", {1, 1, 1, 1}, [](pool_shape& s) { s.size_spread = 0; }),
      made("alike, size says nothing", {1, 1, 1, 1},
           [](pool_shape& s) {
             s.base_ms = 3;
             s.ms_per_kib = 0;
             s.noise = 1;
           }),
  };
}

double median(std::vector<double> of)
{
  std::ranges::sort(of);
  return of[of.size() / 2];
}

void compare(named_pool const& pool, double load, std::size_t requests, std::uint64_t seeds)
{
  constexpr std::array<std::string_view, 5> compared{"least_connections", "round_robin", "random", "response_time",
                                                     "predicted"};
  auto shape = pool.shape;
  shape.load = load;
  std::array<std::vector<double>, compared.size()> p99;
  auto ratios = std::vector<double>();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    for (std::size_t i = 0; i < compared.size(); ++i) {
      auto const by = make(compared[i], {.may_wait = true}).value();
      p99[i].push_back(pool_run(*by, shape, seed, requests).run().p99_ms);
    }
    ratios.push_back(p99.back().back() / p99.front().back());
  }
  auto const worst = *std::ranges::max_element(ratios);
  std::printf("%-26s %4.2f", pool.name, load);
  for (auto const& each : p99)
    std::printf(" %10.1f", median(each));
  std::printf("   %5.2f  %5.2f\n", median(ratios), worst);
  std::printf("{\"pool\":\"%s\",\"load\":%.2f,\"seeds\":%zu,\"ratio_median\":%.3f,\"ratio_worst\":%.3f", pool.name,
              load, ratios.size(), median(ratios), worst);
  for (std::size_t i = 0; i < compared.size(); ++i)
    std::printf(",\"%.*s_p99_ms\":%.2f", static_cast<int>(compared[i].size()), compared[i].data(), median(p99[i]));
  std::puts("}");
  std::fflush(stdout);
}

} // namespace

int main(int count, char** words)
{
  auto const requests = count > 1 ? std::strtoul(words[1], nullptr, 10) : 40'000ul;
  auto const seeds = count > 2 ? std::strtoul(words[2], nullptr, 10) : 5ul;
  if (requests < 1'000 || seeds < 1) {
    std::fputs("usage: balance_predicted [REQUESTS [SEEDS]], at least 1000 requests and 1 seed\n", stderr);
    return 2;
  }
  std::printf("%-26s %4s %10s %10s %10s %10s %10s   %5s  %5s\n", "p99 ms", "load", "least_conn", "round_rob", "random",
              "resp_time", "predicted", "ratio", "worst");
  for (auto const& pool : pools())
    for (auto const load : {0.3, 0.5, 0.7, 0.9})
      compare(pool, load, requests, seeds);
  return 0;
}
