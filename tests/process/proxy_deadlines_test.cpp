// Two clocks: a client's deadline ends its request, execution_timeout ends a worker.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>

using namespace proxy_tests;

TEST_SUITE("proxy deadlines tsan")
{
  TEST_CASE(
      "a hung forward is ended by execution_timeout; the client's 504 came at its own deadline, others run elsewhere")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, {"worker.execution_timeout=1.0", "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto hung = client(proxy.port());
    auto const start = clock::now();
    hung.post("/v2/models/slow/infer", slow_body(1'000'000), "X-Request-Timeout-Ms: 200\r\n");
    auto const worker = proxy.running_instance("slow");
    auto const waiting = proxy.send("slow", slow_body(1), 2);
    CHECK(hung.read().status == 504);
    CHECK(clock::now() - start < 600ms);
    CHECK(alive(worker)); // a client's deadline ends no worker
    for (auto const& each : waiting)
      CHECK(each->read().status == 200);
    CHECK(clock::now() - start > 1s);
    CHECK_FALSE(alive(worker));
  }

  TEST_CASE("a request that hangs every worker is named and given up")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"worker.execution_timeout=0.3"});
    auto const answer = proxy.infer("slow", slow_body(1'000'000));
    CHECK(answer.status == 500);
    CHECK(answer.error().find("execution_timeout") != std::string::npos);
  }

  TEST_CASE(
      "a request that comes back from a worker that ended waits anew: hold.max_wait is not counted from its arrival")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"worker.execution_timeout=1.0", "hold.max_wait=0.8",
                                              "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const hung = proxy.send("slow", slow_body(1'000'000), 1);
    proxy.running_instance("slow");
    auto const behind = proxy.send("slow", slow_body(1), 1);
    auto const zygote = proxy.with_role("model zygote slow");
    REQUIRE(zygote.size() == 1);
    ::kill(zygote[0], SIGSTOP); // the next instance takes a moment
    CHECK(eventually([&] { return proxy.instances("slow").empty(); }));
    std::this_thread::sleep_for(200ms);
    ::kill(zygote[0], SIGCONT);
    auto const answer = behind[0]->read();
    CHECK_MESSAGE(answer.status == 200, answer.error());
    CHECK(hung[0]->read().error().find("is not tried again") != std::string::npos);
  }

  TEST_CASE("timeout in the parameters holds too, in microseconds")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const start = clock::now();
    CHECK(proxy.infer("slow", slow_body(15'000, R"(,"parameters":{"timeout":100000})")).status == 504);
    CHECK(clock::now() - start < 500ms);
  }

  TEST_CASE("a worker that stops is hung, not busy for ever: execution_timeout ends it")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"worker.execution_timeout=3.0"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const clients = proxy.send("slow", slow_body(1'000), 1);
    auto const pid = proxy.running_instance("slow");
    ::kill(pid, SIGSTOP);
    CHECK(clients[0]->read().status == 200);
    CHECK_FALSE(alive(pid));
  }

  TEST_CASE("the shortest of header, parameter and configured deadline holds, also while the request is held")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"listen.request_timeout=3.0", "autoscaling.model_loader."
                                                                            "max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const running = proxy.send("slow", slow_body(10'000), 1);
    proxy.running_instance("slow");
    auto const took = [&](std::string const& more, std::string const& header) {
      auto const start = clock::now();
      auto const got = proxy.infer("slow", slow_body(2, more), header);
      CHECK(got.status == 504);
      CHECK(got.error().find("deadline") != std::string::npos);
      return clock::now() - start;
    };
    CHECK(took(R"(,"parameters":{"timeout":150000})", "X-Request-Timeout-Ms: 60000\r\n") < 400ms);
    CHECK(took(R"(,"parameters":{"timeout":60000000})", "X-Request-Timeout-Ms: 150\r\n") < 400ms);
    running[0]->read();
    auto const start = clock::now();
    CHECK(proxy.infer("slow", slow_body(1'000'000), "X-Request-Timeout-Ms: 60000\r\n").status == 504);
    CHECK(clock::now() - start > 2900ms);
    CHECK(clock::now() - start < 4s);
  }
}
