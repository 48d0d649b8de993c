// The probe lane: heartbeats and canaries beside the requests of a real instance.
#include "tests/process/worker_odd_models.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <sys/wait.h>
#include <thread>

using namespace pilotlight;
using namespace worker_tests;
using namespace std::chrono_literals;

namespace {

request with(named_tensor input)
{
  return {{std::move(input)}, {}};
}

/// Keeps the `slow` module busy for about that many milliseconds.
request busy_for(float units)
{
  return with(floats("x", {1}, {units}));
}

auto const four = with(floats("x", {1, 4}, {1, 2, 3, 4}));

bool eventually(std::function<bool()> const& condition)
{
  for (auto const end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

} // namespace

TEST_SUITE("worker probes")
{
  TEST_CASE("heartbeat: a sleeping worker is woken and answers at once, with a count, without a table or the model")
  {
    auto model = odd_model("types");
    for (auto beat = std::uint32_t{1}; beat <= 3; ++beat) {
      REQUIRE(eventually([&] { return model.instance.header().worker_sleeps.load() == 1; }));
      auto const id = model.instance.submit_heartbeat();
      auto const got = model.instance.wait_for_probe();
      REQUIRE(got);
      CHECK(got->status == fault::none);
      CHECK(got->raw.request == id);
      CHECK(got->raw.beats == beat);
      CHECK(got->raw.block_length == 0);
    }
    CHECK(model.instance.header().progress.turns == 0);
    CHECK(model.instance.header().completions.tail == 0);
  }

  TEST_CASE("heartbeat: a busy worker answers after its forward, and its progress word says busy meanwhile")
  {
    auto model = odd_model("slow");
    auto const running = model.instance.submit(busy_for(3000));
    auto& word = model.instance.header().progress;
    REQUIRE(eventually([&] { return word.request == running; }));
    model.instance.submit_heartbeat();
    CHECK_FALSE(model.instance.wait_for_probe(30ms));
    CHECK(word.request == running);
    CHECK(word.members == 1);
    CHECK(word.batch[0] == running);
    REQUIRE(model.instance.wait_for_probe());
    CHECK(model.instance.header().completions.tail == 1);
    REQUIRE(model.instance.wait());
  }

  TEST_CASE("heartbeat: a stopped worker gives no answer and its progress word says idle; continued, it answers")
  {
    auto model = odd_model("types");
    REQUIRE(model.instance.ask(four));
    ::kill(model.instance.process().pid(), SIGSTOP);
    model.instance.submit_heartbeat();
    CHECK_FALSE(model.instance.wait_for_probe(200ms));
    CHECK(model.instance.header().progress.request == 0);
    ::kill(model.instance.process().pid(), SIGCONT);
    CHECK(model.instance.wait_for_probe());
  }

  TEST_CASE("heartbeat: answered by a worker that waits for room in its reply arena; a canary waits behind it")
  {
    auto model = odd_model(odd_order("types"), 64 * 1024);
    auto const large = with(named_tensor{"x", datatype::fp32, {2500}, std::vector<std::byte>(10000)});
    model.instance.keep_blocks = true;
    auto out = std::vector<completion>();
    for (auto i = 0; i < 4; ++i)
      out.push_back(model.instance.ask(large)->raw);
    model.instance.submit(large, 1);
    REQUIRE(eventually([&] { return model.instance.header().worker_lacks_room.load() == 1; }));
    auto const late = model.instance.submit_canary(four);
    for (auto i = 0; i < 3; ++i) {
      auto const beat = model.instance.submit_heartbeat();
      auto const got = model.instance.wait_for_probe();
      REQUIRE(got);
      CHECK(got->raw.request == beat);
    }
    CHECK(model.instance.header().completions.tail == 4);
    model.instance.give_back(out[0]);
    model.instance.give_back(out[1]);
    REQUIRE(model.instance.wait());
    auto const got = model.instance.wait_for_probe();
    REQUIRE(got);
    CHECK(got->raw.request == late);
    CHECK(got->status == fault::none);
  }

  TEST_CASE("canary: runs in turn, but ahead of a full queue, and answers on its own lane")
  {
    auto model = odd_model("slow");
    auto const running = model.instance.submit(busy_for(2000));
    REQUIRE(eventually([&] { return model.instance.header().progress.request == running; }));
    for (auto i = std::uint32_t{1}; i < ring_entries; ++i)
      model.instance.submit(busy_for(1), 2);
    auto const id = model.instance.submit_canary(busy_for(2));
    auto const got = model.instance.wait_for_probe();
    REQUIRE(got);
    CHECK(got->raw.request == id);
    CHECK(got->status == fault::none);
    CHECK(as_floats(got->outputs.at(0)) == std::vector<float>{2});
    CHECK(got->raw.compute_ns > 0);
    for (auto i = std::uint64_t{1}; i <= ring_entries; ++i) {
      auto const answered = model.instance.wait();
      REQUIRE(answered);
      CHECK(answered->raw.request == i);
      CHECK((answered->raw.started_ns < got->raw.started_ns) == (i == running));
    }
    CHECK(model.instance.header().progress.turns == ring_entries);
  }

  TEST_CASE("canary: errors come back on the lane, and the worker lives on")
  {
    auto model = odd_model("raises");
    auto const refused = [&](request const& what) {
      model.instance.submit_canary(what);
      auto const got = model.instance.wait_for_probe();
      REQUIRE(got);
      CHECK(got->status == fault::bad_request);
      return got->sentence;
    };
    CHECK(refused(with(floats("x", {1}, {200}))) == "forward() failed: the sum of x must be at most 100");
    CHECK(refused(with(floats("y", {1}, {1}))) == "missing input 'x'; forward() takes x (tensor)");
    auto corrupt = with(floats("x", {1, 2}, {1}));
    model.instance.submit_canary(corrupt);
    auto const got = model.instance.wait_for_probe();
    REQUIRE(got);
    CHECK(got->status == fault::internal);
    CHECK(model.instance.ask(four)->status == fault::none);
    CHECK(model.instance.header().completions.tail == 1);
  }

  TEST_CASE("canary: leaves no trace in the state, neither of a model that restores it nor of a sequence")
  {
    for (auto const restores : {true, false}) {
      CAPTURE(restores);
      auto order = odd_order("counter");
      order.restore_state = restores;
      auto model = odd_model(order);
      auto const first = as_floats(model.instance.ask(four)->outputs.at(0));
      CHECK(first == std::vector<float>{10, 1, 0, 0, 0, 0});
      for (auto i = 0; i < 2; ++i) {
        model.instance.submit_canary(four);
        auto const probed = model.instance.wait_for_probe();
        REQUIRE(probed);
        REQUIRE_MESSAGE(probed->status == fault::none, probed->sentence);
        CHECK(as_floats(probed->outputs.at(0)) == first);
      }
      auto const second = as_floats(model.instance.ask(four)->outputs.at(0));
      CHECK(second == (restores ? first : std::vector<float>{20, 2, 1, 2, 3, 4}));
    }
  }

  TEST_CASE("adjustment: more threads take part from the next forward on, and nothing is answered")
  {
    auto model = odd_model("in_place");
    auto const large = with(named_tensor{"x", datatype::fp32, {1 << 20}, std::vector<std::byte>(4 << 20)});
    auto const threads = [&] {
      auto const tasks = "/proc/" + std::to_string(model.instance.process().pid()) + "/task";
      return std::distance(std::filesystem::directory_iterator(tasks), {});
    };
    REQUIRE(model.instance.ask(large));
    auto const before = threads();
    REQUIRE(eventually([&] { return model.instance.header().worker_sleeps.load() == 1; }));
    model.instance.adjust(3, false);
    model.instance.submit_heartbeat();
    REQUIRE(model.instance.wait_for_probe()); // the adjustment was taken before it
    REQUIRE(model.instance.ask(large));
    CHECK(threads() == before + 2);
    CHECK(model.instance.header().probe_answers.tail == 1);
  }

  TEST_CASE("adjustment: it warms up again when nothing waits, shown as a probe that executes, and serves on")
  {
    auto order = odd_order("lengthy");
    order.warmups = {{{"x", "FP32", {300, 4}}}};
    order.warmup = false;
    auto model = odd_model(order);
    auto const rows = [](std::int64_t count) {
      return with(
          named_tensor{"x", datatype::fp32, {count, 4}, std::vector<std::byte>(static_cast<std::size_t>(count) * 16)});
    };
    auto& word = model.instance.header().progress;
    auto const running = model.instance.submit(rows(200));
    REQUIRE(eventually([&] { return word.request == running; }));
    model.instance.adjust(0, true);
    model.instance.submit(rows(50), 1);
    REQUIRE(model.instance.wait());
    auto const last = model.instance.wait(); // what waits comes first
    REQUIRE(last);
    REQUIRE(eventually([&] { return word.since_ns > last->raw.started_ns; }));
    REQUIRE(eventually([&] { return word.probe == 0; }));
    CHECK(word.request == 0);
    CHECK(model.instance.ask(rows(1))->status == fault::none);
    CHECK(model.instance.header().probe_answers.tail == 0);
  }

  TEST_CASE("canary: a death in it is told by the progress word, and laid to no request")
  {
    auto model = odd_model("slow");
    auto const probe = model.instance.submit_canary(busy_for(20'000));
    auto& word = model.instance.header().progress;
    REQUIRE(eventually([&] { return word.probe == probe; }));
    model.instance.submit(busy_for(1));
    ::kill(model.instance.process().pid(), SIGKILL);
    auto const status = model.instance.process().reap();
    CHECK(WTERMSIG(status) == SIGKILL);
    CHECK(word.probe == probe);
    CHECK(word.request == 0);
    CHECK(word.since_ns > 0);
    CHECK(model.instance.header().probe_answers.tail == 0);
  }
}
