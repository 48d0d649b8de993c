// Workers that die with requests inside: killed from outside, or by their own fault.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <map>

using namespace proxy_tests;

TEST_SUITE("proxy deaths tsan")
{
  TEST_CASE("kill -9 with requests inside: all are answered, by a new instance")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    auto const clients = proxy.send("slow", slow_body(1'000), 6);
    ::kill(proxy.running_instance("slow"), SIGKILL);
    for (auto const& each : clients)
      CHECK(each->read().status == 200);
  }

  TEST_CASE("SIGKILL from outside blames nobody, however often")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    auto const clients = proxy.send("slow", slow_body(3'000), 1);
    auto last = pid_t{0};
    for (auto i = 0; i < 4; ++i) {
      last = proxy.running_instance("slow", last);
      ::kill(last, SIGKILL);
    }
    CHECK(clients[0]->read().status == 200);
  }

  TEST_CASE("a request whose execution ends two workers by their own fault gets 500 and is not tried again")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto poison = client(proxy.port());
    poison.post("/v2/models/slow/infer", slow_body(6'000));
    auto const first = proxy.running_instance("slow");
    auto const neighbours = proxy.send("slow", slow_body(5), 3);
    std::this_thread::sleep_for(30ms);
    ::kill(first, SIGSEGV);
    auto const second = proxy.running_instance("slow", first);
    std::this_thread::sleep_for(30ms);
    ::kill(second, SIGSEGV);
    auto const answer = poison.read();
    CHECK(answer.status == 500);
    CHECK(answer.error().find(crash_signal) != std::string::npos);
    CHECK(answer.error().find("has ended 2 workers") != std::string::npos);
    for (auto const& each : neighbours)
      CHECK(each->read().status == 200);
  }

  TEST_CASE("a module that really crashes on one input: that request gets 500, its neighbours their answers")
  {
    auto models = repository();
    models.add_odd("crasher");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("crasher", floats_body({1}, {1})).status == 200);
    auto const before = proxy.send("crasher", floats_body({2}, {1}), 3);
    auto const poison = proxy.send("crasher", floats_body({1'000}, {1}), 1);
    auto const behind = proxy.send("crasher", floats_body({3}, {1}), 3);
    auto const answer = poison[0]->read();
    CHECK(answer.status == 500);
    CHECK(answer.error().find(crash_signal) != std::string::npos);
    for (auto const* each : {&before, &behind})
      for (auto const& one : *each)
        CHECK(one->read().status == 200);
    auto deaths = std::size_t{0};
    for (auto const* number : {"1", "2", "3"})
      deaths += proxy.logged("instance " + std::string(number) + ": its worker died");
    CHECK(deaths == 2); // not a third time
  }

  TEST_CASE("a request that crashes the model's very first instances fails alone, not the model nor who waits")
  {
    auto models = repository();
    models.add_odd("crasher");
    auto const proxy = proxy_process(models);
    auto const poison = proxy.send("crasher", floats_body({1'000}, {1}), 1);
    std::this_thread::sleep_for(20ms); // first in line
    auto const behind = proxy.send("crasher", floats_body({3}, {1}), 5);
    CHECK(poison[0]->read().status == 500);
    for (auto const& one : behind)
      CHECK(one->read().status == 200);
    CHECK(proxy.state("crasher") != "Failed");
  }

  TEST_CASE("a model that crashes on every request is given up by its breaker, not tried with each")
  {
    auto models = repository();
    models.add_odd("crasher");
    auto const proxy = proxy_process(models);
    auto statuses = std::map<int, int>();
    for (auto i = 0; i < 60; ++i, std::this_thread::sleep_for(10ms))
      ++statuses[proxy.infer("crasher", floats_body({1'000}, {1})).status];
    CHECK(statuses[500] + statuses[503] == 60);
    CHECK(statuses[500] >= 1);
    CHECK(statuses[500] <= 10);
    CHECK(eventually([&] { return proxy.infer("crasher", floats_body({1}, {1})).status == 200; }));
  }
}
