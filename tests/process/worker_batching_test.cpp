// Dynamic batching in a real instance: who runs with whom, and what happens when that goes wrong.
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

TEST_SUITE("worker batching")
{
  TEST_CASE("off by default: each request runs by itself")
  {
    auto model = odd_model("rows");
    grow(model, row, 2);
    at_once(model, [&] {
      for (auto i = 0; i < 8; ++i)
        model.instance.submit(row, 1);
    });
    CHECK(largest(take(model, 8)) == 1);
  }

  TEST_CASE("together: each gets its own rows back, and completions tell the size and one place 0 a forward")
  {
    auto model = odd_model(batched("rows", 8));
    grow(model, row, 6);
    auto const turns = model.instance.header().progress.turns.load();
    at_once(model, [&] {
      for (auto i = 0; i < 8; ++i)
        model.instance.submit(with(floats("x", {1, 4}, {float(i), 0, 0, float(-i)})), static_cast<std::size_t>(i));
    });
    auto const answers = take(model, 8);
    CHECK(largest(answers) > 1);
    auto sum = 0.0;
    auto firsts = 0;
    auto i = 0;
    for (auto const& [id, got] : answers) {
      REQUIRE_MESSAGE(got.status == fault::none, got.sentence);
      CHECK(got.outputs.at(0).shape == std::vector<std::int64_t>{1, 4});
      CHECK(as_floats(got.outputs[0]) == std::vector<float>{float(2 * i), 0, 0, float(-2 * i)});
      CHECK(got.raw.batch_place < got.raw.batch_size);
      sum += 1.0 / got.raw.batch_size;
      firsts += got.raw.batch_place == 0 ? 1 : 0;
      ++i;
    }
    CHECK(sum == doctest::Approx(firsts));
    CHECK(firsts < 8);
    CHECK(model.instance.header().progress.turns - turns == 8);
  }

  TEST_CASE("together: max_batch_size bounds the rows of a forward, requests of several rows included")
  {
    auto model = odd_model(batched("rows", 4));
    grow(model, row, 8, 16);
    at_once(model, [&] {
      for (auto i = 0; i < 30; ++i)
        model.instance.submit(row, 1);
    });
    CHECK(largest(take(model, 30)) == 4);
    auto const two = with(floats("x", {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}));
    at_once(model, [&] {
      for (auto i = 0; i < 9; ++i)
        model.instance.submit(two, 2);
      model.instance.submit(with(floats("x", {6, 4}, std::vector<float>(24, 1))), 3);
    });
    auto const answers = take(model, 10);
    CHECK(largest(answers) == 2);
    for (auto const& [id, got] : answers)
      CHECK(got.status == fault::none);
    CHECK(answers.rbegin()->second.raw.batch_size == 1);
    CHECK(answers.rbegin()->second.outputs.at(0).shape == std::vector<std::int64_t>{6, 4});
  }

  TEST_CASE("together: mixed shapes never mix, and each comes back right")
  {
    auto model = odd_model(batched("rows", 16));
    grow(model, row, 8, 16);
    grow(model, with(floats("x", {1, 3}, {1, 2, 3})), 8, 16);
    at_once(model, [&] {
      for (auto i = 0; i < 16; ++i) {
        auto const width = 3 + i % 2;
        auto values = std::vector<float>(static_cast<std::size_t>(width), static_cast<float>(i));
        model.instance.submit(with(floats("x", {1, width}, values)), static_cast<std::size_t>(i % 14));
        if (i == 13) break;
      }
    });
    auto const answers = take(model, 14);
    CHECK(largest(answers) > 1);
    CHECK(largest(answers) <= 7);
    auto i = 0;
    for (auto const& [id, got] : answers) {
      REQUIRE_MESSAGE(got.status == fault::none, got.sentence);
      CHECK(as_floats(got.outputs.at(0)) ==
            std::vector<float>(static_cast<std::size_t>(3 + i % 2), static_cast<float>(2 * i)));
      ++i;
    }
  }

  TEST_CASE("together: along another dimension, where model.toml says so")
  {
    auto order = batched("columns", 8);
    order.batch.dimension = 1;
    order.batch.outputs = {{"OUTPUT__1", 0}};
    auto model = odd_model(order);
    auto const column = with(floats("x", {2, 1}, {1, 2}));
    grow(model, column, 6);
    at_once(model, [&] {
      for (auto i = 0; i < 6; ++i)
        model.instance.submit(with(floats("x", {2, 1}, {float(i), 1})), static_cast<std::size_t>(i));
    });
    auto const answers = take(model, 6);
    CHECK(largest(answers) > 1);
    auto i = 0;
    for (auto const& [id, got] : answers) {
      REQUIRE_MESSAGE(got.status == fault::none, got.sentence);
      CHECK(got.outputs.at(0).shape == std::vector<std::int64_t>{2, 1});
      CHECK(as_floats(got.outputs[0]) == std::vector<float>{float(i), 1});
      CHECK(as_floats(got.outputs.at(1)) == std::vector<float>{float(i + 1)});
      ++i;
    }
  }

  TEST_CASE("one bad request among good ones: it alone fails, with its own sentence, and batching goes on")
  {
    auto model = odd_model(batched("raises", 8));
    auto const good = with(floats("x", {1}, {2}));
    grow(model, good, 6);
    auto bad = std::uint64_t{0};
    at_once(model, [&] {
      for (auto i = 0; i < 6; ++i) {
        if (i == 3) bad = model.instance.submit(with(floats("x", {1}, {200})), 1);
        model.instance.submit(good, 2);
      }
    });
    for (auto const& [id, got] : take(model, 7)) {
      CHECK(got.status == (id == bad ? fault::bad_request : fault::none));
      if (id == bad) CHECK(got.sentence == "forward() failed: the sum of x must be at most 100");
    }
    at_once(model, [&] {
      for (auto i = 0; i < 4; ++i)
        model.instance.submit(good, 2);
    });
    CHECK(largest(take(model, 4)) > 1);
  }

  TEST_CASE("run alone: a request that says so shares no forward")
  {
    auto model = odd_model(batched("rows", 8));
    grow(model, row, 6);
    auto alone = std::uint64_t{0};
    at_once(model, [&] {
      for (auto i = 0; i < 3; ++i)
        model.instance.submit(row, 1);
      alone = model.instance.submit(row, 1, run_alone);
      for (auto i = 0; i < 3; ++i)
        model.instance.submit(row, 1);
    });
    auto const answers = take(model, 7);
    CHECK(answers.at(alone).raw.batch_size == 1);
    CHECK(largest(answers) > 1);
  }

  TEST_CASE("kill -9 during a batch: the progress word names every member, and nobody else")
  {
    auto model = odd_model(batched("slow", 8));
    grow(model, with(floats("x", {1}, {0})), 6);
    at_once(model, [&] {
      for (auto i = 0; i < 5; ++i)
        model.instance.submit(with(floats("x", {1}, {4'000})), 1);
    });
    auto& word = model.instance.header().progress;
    REQUIRE(eventually([&] { return word.request != 0 && word.members > 1; }));
    auto const first = word.request.load();
    ::kill(model.instance.process().pid(), SIGKILL);
    CHECK(WTERMSIG(model.instance.process().reap()) == SIGKILL);
    CHECK(word.request == first);
    auto const members = word.members.load();
    REQUIRE(members <= 5);
    for (auto i = std::uint32_t{0}; i < members; ++i)
      CHECK(word.batch[i] == first + i);
  }

  TEST_CASE("delay: who comes alone is not kept, however worthwhile waiting has been")
  {
    auto model = odd_model(batched("slow", 64, 300ms));
    auto const short_one = with(floats("x", {1}, {60}));
    grow(model, short_one, 6, 12);
    auto joined = 0;
    for (auto round = 0; round < 30; ++round) {
      at_once(model, [&] {
        model.instance.submit(short_one, 1);
        model.instance.submit(short_one, 1);
      });
      std::this_thread::sleep_for(3ms); // when the worker waits already
      model.instance.submit(short_one, 1);
      joined += largest(take(model, 3)) == 3 ? 1 : 0;
    }
    INFO(joined, " of 30 batches waited and got one more"); // chance: when it comes just while the others are there
    auto const start = std::chrono::steady_clock::now();
    for (auto i = 0; i < 50; ++i)
      REQUIRE(model.instance.ask(with(floats("x", {1}, {0}))));
    CHECK(std::chrono::steady_clock::now() - start < 200ms);
  }

  TEST_CASE("canary: goes ahead of what waits to become a batch")
  {
    auto model = odd_model(batched("rows", 8));
    grow(model, row, 6);
    auto probe = std::uint64_t{0};
    at_once(model, [&] {
      for (auto i = 0; i < 100; ++i)
        model.instance.submit(row, 1);
      probe = model.instance.submit_canary(row);
    });
    auto const got = model.instance.wait_for_probe();
    REQUIRE(got);
    CHECK(got->raw.request == probe);
    CHECK(got->raw.batch_size == 1);
    CHECK(take(model, 100).size() == 100);
  }

  TEST_CASE("MiniLM: answers of a batch are those of single requests")
  {
    auto order = batched(order_for("minilm"), 8);
    order.constants.clear();
    auto model = odd_model(order);
    auto const item = expected_cases("minilm")[0];
    auto asked = request();
    for (auto const& input : item.at("inputs").as_array())
      asked.inputs.push_back(tensor_of(input));
    auto const wanted = as_floats(tensor_of(item.at("outputs").as_array()[0]));
    grow(model, asked, 8);
    at_once(model, [&] {
      for (auto i = 0; i < 8; ++i)
        model.instance.submit(asked, 1);
    });
    auto const answers = take(model, 8);
    CHECK(largest(answers) > 1);
    for (auto const& [id, got] : answers) {
      REQUIRE_MESSAGE(got.status == fault::none, got.sentence);
      CHECK(difference(as_floats(got.outputs.at(0)), wanted) < 1e-5);
    }
  }
}
