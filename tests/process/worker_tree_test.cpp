// The fork tree: zygote -> model zygote -> instances, seen from the proxy's side.
#include "tests/process/worker_odd_models.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <sys/socket.h>
#include <sys/wait.h>

using namespace pilotlight;
using namespace worker_tests;

namespace {

std::string command_line(pid_t pid)
{
  auto file = std::ifstream("/proc/" + std::to_string(pid) + "/cmdline");
  auto text = std::string(std::istreambuf_iterator<char>(file), {});
  return text.substr(0, text.find('\0'));
}

pid_t parent_of(pid_t pid)
{
  auto file = std::ifstream("/proc/" + std::to_string(pid) + "/status");
  auto word = std::string();
  auto parent = pid_t{0};
  while (file >> word)
    if (word == "PPid:" && file >> parent) return parent;
  return 0;
}

child_process loaded(int zygote, fork_model const& order)
{
  auto model = fork_from(zygote, order);
  REQUIRE(model.greet());
  REQUIRE(expect<ready>(model.socket()));
  return model;
}

instance_channel instance_of(int model, std::string const& name = "mlp:1/1")
{
  return instance_channel(fork_from(model, fork_instance{name, 1, false}));
}

auto const four = floats("x", {1, 4}, {1, 2, 3, 4});

/// Answers of a demo model equal Python's.
void check_cases(std::string const& name, instance_channel& instance, double tolerance)
{
  for (auto const& item : expected_cases(name)) {
    CAPTURE(item.at("title").as_string().c_str());
    auto asked = request();
    for (auto const& input : item.at("inputs").as_array())
      asked.inputs.push_back(tensor_of(input));
    auto const got = instance.ask(asked);
    REQUIRE(got);
    REQUIRE_MESSAGE(got->status == fault::none, got->sentence);
    auto const wanted = tensor_of(item.at("outputs").as_array()[0]);
    REQUIRE(got->outputs.size() == 1);
    CHECK(got->outputs[0].shape == wanted.shape);
    CHECK(difference(as_floats(got->outputs[0]), as_floats(wanted)) <= tolerance);
  }
}

} // namespace

TEST_SUITE("worker tree")
{
  TEST_CASE("everything sent ahead: a request waits in the ring and is answered as soon as the tree stands")
  {
    auto zygote = spawn_zygote();
    auto model = fork_from(zygote.socket(), order_for("mlp"));
    auto instance = instance_of(model.socket());
    instance.submit({{four}, {}});
    CHECK(expect<ready>(zygote.socket()));
    REQUIRE(model.greet());
    auto const loaded_model = expect<ready>(model.socket());
    REQUIRE(loaded_model);
    CHECK(loaded_model->arguments == std::vector<std::string>{"x"});
    CHECK(instance.ready());
    auto const got = instance.wait();
    REQUIRE(got);
    CHECK(got->status == fault::none);
    CHECK(got->outputs.at(0).name == "OUTPUT__0");
  }

  TEST_CASE("every process is a child of the proxy and shows its role in its title")
  {
    auto zygote = spawn_zygote();
    auto model = loaded(zygote.socket(), order_for("mlp"));
    auto one = instance_of(model.socket(), "mlp:1/1");
    auto two = instance_of(model.socket(), "mlp:1/2");
    REQUIRE(one.ready());
    REQUIRE(two.ready());
    CHECK(command_line(zygote.pid()) == "pilotlight-worker: zygote");
    CHECK(command_line(model.pid()) == "pilotlight-worker: model zygote mlp:1");
    CHECK(command_line(one.process().pid()) == "pilotlight-worker: instance mlp:1/1");
    CHECK(command_line(two.process().pid()) == "pilotlight-worker: instance mlp:1/2");
    for (auto const pid : {zygote.pid(), model.pid(), one.process().pid(), two.process().pid()})
      CHECK(parent_of(pid) == ::getpid());
  }

  TEST_CASE("the death of a zygote spares what it has forked")
  {
    auto zygote = spawn_zygote();
    auto model = loaded(zygote.socket(), order_for("mlp"));
    auto instance = instance_of(model.socket());
    REQUIRE(instance.ready());
    ::kill(zygote.pid(), SIGKILL);
    CHECK(WTERMSIG(zygote.reap()) == SIGKILL);
    ::kill(model.pid(), SIGKILL);
    CHECK(WTERMSIG(model.reap()) == SIGKILL);
    auto const got = instance.ask({{four}, {}});
    REQUIRE(got);
    CHECK(got->status == fault::none);
  }

  TEST_CASE("each process exits when its socket is closed, with code 0")
  {
    auto zygote = spawn_zygote();
    auto model = loaded(zygote.socket(), order_for("mlp"));
    auto instance = instance_of(model.socket());
    REQUIRE(instance.ready());
    ::shutdown(instance.process().socket(), SHUT_RDWR);
    CHECK(instance.process().reap() == 0);
    ::shutdown(model.socket(), SHUT_RDWR);
    CHECK(model.reap() == 0);
    ::shutdown(zygote.socket(), SHUT_RDWR);
    CHECK(zygote.reap() == 0);
  }

  TEST_CASE("kill -9 of the proxy ends the whole tree within a second")
  {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const proxy = ::fork();
    if (proxy == 0) {
      // A proxy of its own, without the test's assertions: its words go through the pipe.
      auto zygote = spawn_zygote();
      auto model = loaded(zygote.socket(), order_for("mlp"));
      auto instance = instance_of(model.socket());
      auto const up = instance.ready();
      pid_t const pids[] = {zygote.pid(), model.pid(), instance.process().pid()};
      if (up && ::write(ends[1], pids, sizeof pids) == sizeof pids) ::pause();
      ::_exit(1);
    }
    pid_t pids[3] = {};
    REQUIRE(::read(ends[0], pids, sizeof pids) == sizeof pids);
    ::kill(proxy, SIGKILL);
    ::waitpid(proxy, nullptr, 0);
    // The test is a subreaper too, so the orphans come to it: all three must have been killed.
    for (auto const pid : pids) {
      auto status = 0;
      auto waited = pid_t{0};
      for (auto turn = 0; turn < 1000 && waited == 0; ++turn, ::usleep(1000))
        waited = ::waitpid(pid, &status, WNOHANG);
      CHECK(waited == pid);
      // By its parent-death signal, or because it read the end of its socket a moment before.
      CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    }
    ::close(ends[0]);
    ::close(ends[1]);
  }

  TEST_CASE("a model zygote warms itself after its pending forks, and says so")
  {
    auto zygote = spawn_zygote();
    auto order = order_for("mlp");
    order.warmups = {{{"x", "FP32", {1, 4}}}};
    auto model = fork_from(zygote.socket(), order);
    auto instance = instance_of(model.socket());
    REQUIRE(model.greet());
    REQUIRE(expect<ready>(model.socket()));
    CHECK(instance.ready());
    auto const said = expect<warmed>(model.socket());
    REQUIRE(said);
    CHECK(said->error == "");
  }

  TEST_CASE("a warm-up that does not fit is reported and harms nothing")
  {
    auto zygote = spawn_zygote();
    auto order = order_for("mlp");
    order.warmups = {{{"x", "FP32", {1, 3}}}};
    auto model = loaded(zygote.socket(), order);
    auto const said = expect<warmed>(model.socket());
    REQUIRE(said);
    CHECK(said->error.find("cannot be multiplied") != std::string::npos);
    auto instance = instance_of(model.socket());
    REQUIRE(instance.ready());
    CHECK(instance.ask({{four}, {}})->status == fault::none);
  }

  TEST_CASE("mlp, identity, minilm and silero_vad answer as Python does")
  {
    auto zygote = spawn_zygote();
    for (auto const* name : {"mlp", "identity", "minilm", "silero_vad"}) {
      CAPTURE(name);
      auto model = loaded(zygote.socket(), order_for(name));
      auto instance = instance_of(model.socket(), std::string(name) + ":1/1");
      REQUIRE(instance.ready());
      check_cases(name, instance, 1e-5);
    }
  }

  TEST_CASE("an instance that nobody waits for warms itself before it is ready")
  {
    auto zygote = spawn_zygote();
    REQUIRE(expect<ready>(zygote.socket()));
    auto order = odd_order("lengthy");
    order.warmups = {{{"x", "FP32", {1'000, 4}}}};
    order.warmup = false; // the zygote's own: not what is looked at here
    auto const model = loaded(zygote.socket(), order);
    auto const milliseconds_to_ready = [&](int rounds) {
      auto least = 1e9; // of a few: a busy machine only adds
      for (auto turn = 0; turn < 3; ++turn) {
        auto child = fork_from(model.socket(), fork_instance{"lengthy:1/1", 1, false, rounds});
        auto instance = instance_channel(std::move(child));
        auto const start = std::chrono::steady_clock::now();
        REQUIRE(instance.ready());
        least = std::min(least,
                         std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      }
      return least;
    };
    auto const cold = milliseconds_to_ready(0);
    auto const once = milliseconds_to_ready(1);
    auto const twice = milliseconds_to_ready(2);
    CHECK(once > cold + 20);
    CHECK(twice > cold + 1.5 * (once - cold));
  }
}
