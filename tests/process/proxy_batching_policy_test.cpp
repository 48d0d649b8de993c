// Dynamic batching as a setting: from the file, for one model, changed while it runs; and errors that are one's own.
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

struct counts
{
  int inferences = 0, executions = 0;
};

counts statistics(proxy_process const& proxy, std::string const& name)
{
  auto const all = client(proxy.port()).get("/v2/models/" + name + "/stats").json();
  auto const& one = all.at("model_stats").at(0);
  return {one.at("inference_count").to_number<int>(), one.at("execution_count").to_number<int>()};
}

/// Forwards that were spared by rounds of requests at once.
int spared(proxy_process const& proxy, std::string const& name)
{
  auto const before = statistics(proxy, name);
  for (auto round = 0; round < 10; ++round)
    for (auto const& each : proxy.send(name, slow_body(20), 12))
      REQUIRE(each->read().status == 200);
  auto const after = statistics(proxy, name);
  CHECK(after.inferences - before.inferences == 120);
  return 120 - (after.executions - before.executions);
}

void kill_instance(proxy_process const& proxy, std::string const& name)
{
  auto const old = proxy.instances(name).at(0);
  ::kill(old, SIGKILL);
  REQUIRE(eventually([&] {
    auto const now = proxy.instances(name);
    return now.size() == 1 && now[0] != old;
  }));
}

constexpr auto one_instance = "autoscaling.model_loader.max_instances_per_model=1";

} // namespace

TEST_SUITE("proxy batching policy")
{
  TEST_CASE("max_batch_size of one model's file, changed while it runs: holds for processes that start from then on")
  {
    auto models = repository();
    models.add_odd("slow");
    models.add_odd("slow", {}, "other");
    auto const proxy = proxy_process(models, {one_instance, "autoscaling.tick=0.2"});
    CHECK(spared(proxy, "slow") == 0); // off by default
    models.write("slow/model.toml", "[batching]\nmax_batch_size = 16\n");
    auto const told = proxy.ask_admin("/v1/config/reload", "");
    CHECK(told.status == 200);
    CHECK(told.body.find("slow:1: batching.max_batch_size: 1 -> 16") != std::string::npos);
    CHECK(spared(proxy, "slow") == 0); // the process that is there goes on as it was
    kill_instance(proxy, "slow");
    CHECK(spared(proxy, "slow") > 20);
    CHECK(spared(proxy, "other") == 0);
    models.write("slow/model.toml", "");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    kill_instance(proxy, "slow");
    CHECK(spared(proxy, "slow") == 0);
  }

  TEST_CASE("batch_dimension of model.toml: requests are joined along it, and each gets its own part")
  {
    auto models = repository();
    models.add_odd("columns", "batch_dimension = 1\n[batching]\nmax_batch_size = 16\n[[inputs]]\nname = \"x\"\n"
                              "datatype = \"FP32\"\nshape = [2, -1]\n[[outputs]]\nname = \"same\"\n"
                              "[[outputs]]\nname = \"sums\"\nbatch_dimension = 0\n");
    auto const proxy = proxy_process(models, {one_instance});
    auto const column = [](float top) { return floats_body({top, 1}, {2, 1}); };
    REQUIRE(proxy.infer("columns", column(0)).status == 200);
    auto const instance = proxy.instances("columns").at(0);
    auto const before = statistics(proxy, "columns");
    for (auto round = 0; round < 10; ++round) {
      ::kill(instance, SIGSTOP); // so that they wait together
      auto waiting = std::vector<std::unique_ptr<client>>();
      for (auto i = 0; i < 6; ++i)
        waiting.push_back(
            std::move(send_each(proxy.port(), "/v2/models/columns/infer", column(static_cast<float>(i)), 1).front()));
      std::this_thread::sleep_for(50ms);
      ::kill(instance, SIGCONT);
      for (auto i = 0; i < 6; ++i) {
        auto const answer = waiting[static_cast<std::size_t>(i)]->read();
        REQUIRE(answer.status == 200);
        auto const outputs = answer.json().at("outputs").as_array();
        CHECK(outputs.at(0).at("shape") == boost::json::array{2, 1});
        CHECK(outputs.at(0).at("data").at(0).to_number<int>() == i);
        CHECK(outputs.at(1).at("shape") == boost::json::array{1});
        CHECK(outputs.at(1).at("data").at(0).to_number<int>() == i + 1);
      }
    }
    auto const after = statistics(proxy, "columns");
    CHECK(after.inferences - before.inferences == 60);
    CHECK(after.executions - before.executions < 40);
  }

  TEST_CASE("batch_delay_max: a worker that may wait for more runs fewer forwards than one that may not")
  {
    auto models = repository();
    models.add_odd("slow");
    auto forwards = std::vector<double>();
    for (auto const* delay : {"0.0", "0.02"}) {
      auto const proxy = proxy_process(models, {one_instance, "worker.threads=1", "batching.max_batch_size=16",
                                                std::string("batching.batch_delay_max=") + delay});
      REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
      auto const load = steady_load(proxy, 12, "slow", slow_body(10));
      REQUIRE(load.more(300)); // it learns what it gains
      auto const before = statistics(proxy, "slow");
      REQUIRE(load.more(1200));
      auto const after = statistics(proxy, "slow");
      forwards.push_back(static_cast<double>(after.executions - before.executions) /
                         (after.inferences - before.inferences));
      CHECK(load.failed() == 0);
    }
    MESSAGE("forwards for each request: ", forwards[0], " without, ", forwards[1], " with");
#if !defined(__SANITIZE_ADDRESS__) // whose workers are too slow for waiting to gain much
    CHECK(forwards[1] < forwards[0]);
#endif
  }

  TEST_CASE("a request that the model refuses fails alone with its own sentence, wherever in a batch it stands")
  {
    auto models = repository();
    models.add_odd("raises");
    auto const proxy = proxy_process(models, {one_instance, "batching.max_batch_size=16"});
    auto const good = floats_body({1, 2, 3, 4}, {1, 4});
    auto const bad = floats_body({100, 2, 3, 4}, {1, 4});
    for (auto round = 0; round < 10; ++round)
      for (auto const& each : proxy.send("raises", good, 12))
        REQUIRE(each->read().status == 200);
    auto const before = statistics(proxy, "raises");
    for (auto place = 0; place < 12; ++place) {
      auto const waiting = proxy.send("raises", good, place);
      auto const refused = proxy.send("raises", bad, 1);
      auto const behind = proxy.send("raises", good, 11 - place);
      auto const answer = refused[0]->read();
      CHECK(answer.status == 400);
      CHECK(answer.error().find("the sum of x must be at most 100") != std::string::npos);
      for (auto const* each : {&waiting, &behind})
        for (auto const& one : *each)
          CHECK(one->read().status == 200);
    }
    CHECK(statistics(proxy, "raises").inferences - before.inferences == 144);
    CHECK(proxy.logged("its worker died") == 0);
  }
}
