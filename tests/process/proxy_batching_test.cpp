// Dynamic batching through the proxy: counts, and workers that die with a batch inside.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

constexpr auto batched = "[batching]\nmax_batch_size = 16\n";

boost::json::object statistics(proxy_process const& proxy, std::string const& name)
{
  auto reader = client(proxy.port());
  return reader.get("/v2/models/" + name + "/stats").json().at("model_stats").as_array().at(0).as_object();
}

/// Rounds of requests at once, so that the worker has proved itself and its batches have grown.
void grow(proxy_process const& proxy, std::string const& name, std::string const& body)
{
  for (auto round = 0; round < 12; ++round)
    for (auto const& each : proxy.send(name, body, 12))
      REQUIRE(each->read().status == 200);
}

} // namespace

TEST_SUITE("proxy batching")
{
  TEST_CASE("requests that wait together share forwards, and the statistics tell both counts")
  {
    auto models = repository();
    models.add_odd("slow", batched);
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    grow(proxy, "slow", slow_body(20));
    auto const counts = statistics(proxy, "slow");
    auto const inferences = counts.at("inference_count").to_number<int>();
    CHECK(inferences == 12 * 12);
    CHECK(counts.at("execution_count").to_number<int>() < inferences);
    CHECK(counts.at("execution_count").to_number<int>() >= inferences / 16);
    CHECK(counts.at("inference_stats").at("success").at("count").to_number<int>() == inferences);
  }

  TEST_CASE("kill -9 during a batch: all of it runs again, nothing is lost")
  {
    auto models = repository();
    models.add_odd("slow", batched);
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    grow(proxy, "slow", slow_body(1));
    auto last = pid_t{0};
    for (auto kill = 0; kill < 2; ++kill) {
      auto const clients = proxy.send("slow", slow_body(600), 10);
      std::this_thread::sleep_for(60ms);
      last = proxy.running_instance("slow", last);
      ::kill(last, SIGKILL);
      for (auto const& each : clients)
        CHECK(each->read().status == 200);
    }
  }

  TEST_CASE("a request that crashes its worker in a batch: it alone gets 500, after a second death, alone")
  {
    auto models = repository();
    models.add_odd("crasher", batched);
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    grow(proxy, "crasher", floats_body({1}, {1}));
    auto const before = proxy.send("crasher", floats_body({2}, {1}), 6);
    auto const poison = proxy.send("crasher", floats_body({1'000}, {1}), 1);
    auto const behind = proxy.send("crasher", floats_body({3}, {1}), 6);
    auto const answer = poison[0]->read();
    CHECK(answer.status == 500);
    CHECK(answer.error().find("has ended 2 workers") != std::string::npos);
    for (auto const* each : {&before, &behind})
      for (auto const& one : *each)
        CHECK(one->read().status == 200);
    CHECK(proxy.logged("instance 1: its worker died") == 2); // not a third time
  }

  TEST_CASE("a stateful model warns once in the log and is served as ever")
  {
    auto models = repository();
    models.add_odd("counter", batched);
    auto const proxy = proxy_process(models);
    for (auto const& each : proxy.send("counter", floats_body({1, 2, 3, 4}, {1, 4}), 8))
      CHECK(each->read().status == 200);
    CHECK(proxy.logged("this model is stateful, and stateful models are never batched") == 1);
    auto const counts = statistics(proxy, "counter");
    CHECK(counts.at("execution_count") == counts.at("inference_count"));
  }
}
