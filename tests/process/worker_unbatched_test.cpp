// Models that must not be batched, whatever their model.toml says: found out, said once, answered right.
#include "tests/process/worker_batching.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>

using namespace pilotlight;
using namespace worker_tests;
using namespace std::chrono_literals;

namespace {

auto const row = usual_row();

} // namespace

TEST_SUITE("worker unbatched")
{
  TEST_CASE("equal requests prove nothing of a model whose rows look at each other: different ones are tried again")
  {
    auto model = odd_model(batched("centers", 8));
    auto const other = with(floats("x", {1, 4}, {4, 0, 0, 0}));
    auto const alone = as_floats(model.instance.ask(row)->outputs.at(0));
    auto const other_alone = as_floats(model.instance.ask(other)->outputs.at(0));
    auto const four = [&](bool mixed) {
      at_once(model, [&] {
        for (auto i = 0; i < 4; ++i)
          model.instance.submit(mixed && i % 2 ? other : row, i % 2 ? 1 : 2);
      });
      return take(model, 4);
    };
    auto joined = std::size_t{0};
    for (auto round = 0; round < 3; ++round)
      joined = std::max(joined, static_cast<std::size_t>(largest(four(false))));
    CHECK(joined > 1); // they are batched as long as they are equal
    auto i = 0;
    for (auto const& [id, got] : four(true)) {
      REQUIRE(got.status == fault::none);
      CHECK(as_floats(got.outputs.at(0)) == (i++ % 2 ? other_alone : alone));
    }
    auto const said = notice_of(model.instance.process().socket());
    REQUIRE(said);
    CHECK(said->starts_with("requests are not batched any more: "));
  }

  TEST_CASE("a model whose outputs have no batch dimension, or whose rows look at each other, is never batched")
  {
    for (auto const* name : {"sums", "centers", "one_row"}) {
      CAPTURE(name);
      auto model = odd_model(batched(name, 8));
      auto const alone = as_floats(model.instance.ask(row)->outputs.at(0));
      for (auto round = 0; round < 4; ++round) {
        at_once(model, [&] {
          for (auto i = 0; i < 4; ++i)
            model.instance.submit(i % 2 ? row : with(floats("x", {1, 4}, {4, 0, 0, 0})), i % 2 ? 1 : 2);
        });
        auto const answers = take(model, 4);
        CHECK(largest(answers) == 1);
        auto i = 0;
        for (auto const& [id, got] : answers) {
          REQUIRE_MESSAGE(got.status == fault::none, got.sentence);
          if (i++ % 2) CHECK(as_floats(got.outputs.at(0)) == alone);
        }
      }
      auto const said = notice_of(model.instance.process().socket());
      REQUIRE(said);
      CHECK(said->starts_with("requests are not batched any more: "));
      model.instance.submit_heartbeat(); // and it says so once
      REQUIRE(model.instance.wait_for_probe());
      auto more = pollfd{model.instance.process().socket(), POLLIN, 0};
      CHECK(::poll(&more, 1, 0) == 0);
    }
  }

  TEST_CASE("stateful models are never batched, and the model zygote says so once")
  {
    for (auto const restores : {true, false}) {
      auto order = batched("counter", 8);
      order.restore_state = restores;
      auto model = odd_model(order);
      auto const said = notice_of(model.model.socket());
      REQUIRE(said);
      CHECK(*said ==
            "batching.max_batch_size has no effect: this model is stateful, and stateful models are never batched");
      at_once(model, [&] {
        for (auto i = 0; i < 6; ++i)
          model.instance.submit(row, 1);
      });
      CHECK(largest(take(model, 6)) == 1);
    }
  }
}
