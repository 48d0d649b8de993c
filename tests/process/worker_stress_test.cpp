// Forking after LibTorch is up, many times, each child with two threads: no hang, equal answers. 40 s on two cores;
// PILOTLIGHT_STRESS is a factor of the counts (default 1: 1,000 forks of the MLP, 300 of MiniLM and of silero_vad).
#include "tests/process/worker_driver.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace worker_tests;

namespace {

int scaled(int count)
{
  auto const* given = std::getenv("PILOTLIGHT_STRESS");
  return std::max(1, static_cast<int>(std::lround(count * (given ? std::strtod(given, nullptr) : 1.0))));
}

void fork_many(std::string const& name, int forks)
{
  auto zygote = spawn_zygote();
  auto model = fork_from(zygote.socket(), order_for(name));
  REQUIRE(model.greet());
  auto const item = expected_cases(name)[0];
  auto asked = request();
  for (auto const& input : item.at("inputs").as_array())
    asked.inputs.push_back(tensor_of(input));
  auto const wanted = as_floats(tensor_of(item.at("outputs").as_array()[0]));
  for (auto i = 0; i < forks; ++i) {
    auto instance = instance_channel(fork_from(model.socket(), fork_instance{name + ":1/1", 2, false}));
    for (auto turn = 0; turn < 2; ++turn) {
      auto const got = instance.ask(asked);
      REQUIRE(got);
      REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
      REQUIRE(difference(as_floats(got->outputs.at(0)), wanted) < 1e-5);
    }
    REQUIRE(instance.ready());
  }
}

} // namespace

TEST_SUITE("stress")
{
  TEST_CASE("forks of the MLP, two threads each, answer alike")
  {
    fork_many("mlp", scaled(1000));
  }
  TEST_CASE("forks of MiniLM, two threads each, answer alike")
  {
    fork_many("minilm", scaled(300));
  }
  TEST_CASE("forks of silero_vad, two threads each, answer alike")
  {
    fork_many("silero_vad", scaled(300));
  }
}
