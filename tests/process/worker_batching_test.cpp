// Dynamic batching in a real instance: who runs with whom, and what happens when that goes wrong.
#include "tests/process/worker_odd_models.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <functional>
#include <map>
#include <poll.h>
#include <sys/wait.h>
#include <thread>

using namespace pilotlight;
using namespace worker_tests;
using namespace std::chrono_literals;

namespace {

fork_model batched(fork_model order, int max_size, std::chrono::microseconds delay = {})
{
  order.batch.max_size = max_size;
  order.batch.delay_max_us = delay.count();
  return order;
}

fork_model batched(std::string const& name, int max_size, std::chrono::microseconds delay = {})
{
  return batched(odd_order(name), max_size, delay);
}

request with(named_tensor input)
{
  return {{std::move(input)}, {}};
}

bool eventually(std::function<bool()> const& condition)
{
  for (auto const end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

/// The worker sleeps while `submit` submits: so it finds all of it at once.
template <class Submit>
void at_once(odd_model& model, Submit submit)
{
  auto const pid = model.instance.process().pid();
  REQUIRE(eventually([&] { return model.instance.header().worker_sleeps.load() == 1; }));
  ::kill(pid, SIGSTOP);
  submit();
  ::kill(pid, SIGCONT);
}

std::map<std::uint64_t, answer> take(odd_model& model, std::size_t count)
{
  auto answers = std::map<std::uint64_t, answer>();
  for (std::size_t i = 0; i < count; ++i) {
    auto got = model.instance.wait();
    REQUIRE(got);
    auto const id = got->raw.request;
    answers.emplace(id, std::move(*got));
  }
  REQUIRE(answers.size() == count);
  return answers;
}

/// Another one of the same shape.
request unlike(request what)
{
  auto& first = what.inputs.at(0);
  auto values = as_floats(first);
  values.at(0) += 1;
  first = floats(first.name, first.shape, values);
  return what;
}

/// Makes the model prove itself and its batches grow: rounds of `count` requests of one shape, not all equal.
void grow(odd_model& model, request const& what, int rounds, std::size_t count = 8)
{
  auto const other = unlike(what);
  for (auto round = 0; round < rounds; ++round) {
    at_once(model, [&] {
      for (std::size_t i = 0; i < count; ++i)
        i % 2 ? model.instance.submit(other, 13) : model.instance.submit(what, 14);
    });
    (void)take(model, count);
  }
}

auto const row = with(floats("x", {1, 4}, {1, 2, 3, 4}));

std::size_t largest(std::map<std::uint64_t, answer> const& answers)
{
  auto most = std::size_t{0};
  for (auto const& [id, got] : answers)
    most = std::max<std::size_t>(most, got.raw.batch_size);
  return most;
}

std::optional<std::string> notice_of(int socket)
{
  auto const said = expect<notice>(socket);
  return said ? std::optional(said->text) : std::nullopt;
}

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
