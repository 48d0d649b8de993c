// Clients that go away or read slowly, while others want answers.
#include "tests/process/proxy_process.hpp"

#include <doctest/doctest.h>

using namespace proxy_tests;

TEST_SUITE("proxy clients tsan")
{
  TEST_CASE("a client that goes away cancels its request, never the start")
  {
    auto models = repository();
    models.add_demo("minilm");
    auto const proxy = proxy_process(models);
    {
      auto gone = client(proxy.port());
      gone.post("/v2/models/minilm/infer",
                R"({"inputs":[{"name":"input_ids","datatype":"INT64","shape":[1,2],"data":[101,102]},)"
                R"({"name":"attention_mask","datatype":"INT64","shape":[1,2],"data":[1,1]}]})");
      CHECK(eventually([&] { return proxy.state("minilm") == "ColdStart"; }));
    }
    CHECK(eventually([&] { return proxy.model("minilm").at("held").as_int64() == 0; }, 1s));
    CHECK(eventually([&] { return proxy.instances("minilm").size() == 1; }));
  }

  TEST_CASE("an end behind a pipelined request is noticed while the first one waits")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(5'000));
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    auto const failures = proxy.model("slow").at("failures").as_int64();
    {
      auto gone = client(proxy.port());
      gone.post("/v2/models/slow/infer", slow_body(5'000));
      gone.post("/v2/models/slow/infer", slow_body(5'000));
      std::this_thread::sleep_for(100ms);
    }
    CHECK(eventually([&] { return proxy.model("slow").at("failures").as_int64() == failures + 1; }, 1s));
    CHECK(running.read().status == 200);
  }

  TEST_CASE("slow readers of large replies do not starve the model")
  {
    auto models = repository();
    models.add_demo("identity");
    auto const proxy = proxy_process(models, {"worker.reply_arena=16 MiB"});
    auto const large = floats_body(std::vector<float>(1'000'000, 0.5f), {1, 1'000'000},
                                   R"(,"parameters":{"binary_data_output":true})");
    auto readers = std::vector<std::unique_ptr<client>>();
    for (auto i = 0; i < 8; ++i) {
      readers.push_back(std::make_unique<client>(proxy.port()));
      readers.back()->post("/v2/models/identity/infer", large);
    }
    std::this_thread::sleep_for(500ms);
    // 8 x 4 MB of replies that nobody reads are more than the arena; others are answered all the same.
    for (auto i = 0; i < 20; ++i)
      CHECK(proxy.infer("identity", floats_body({1, 2}, {1, 2})).status == 200);
    for (auto const& each : readers) {
      auto const got = each->read();
      CHECK_MESSAGE(got.status == 200, got.error());
      CHECK(got.body.size() > 4'000'000);
    }
  }

  TEST_CASE("requests that are pipelined behind a held one are answered in their order")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto one = client(proxy.port());
    for (auto i = 0; i < 5; ++i)
      one.post("/v2/models/mlp/infer", floats_body({1, 2, 3, 4}, {1, 4}, ",\"id\":\"" + std::to_string(i) + "\""));
    for (auto i = 0; i < 5; ++i) {
      auto const got = one.read();
      REQUIRE(got.status == 200);
      CHECK(got.json().at("id").as_string() == std::to_string(i));
    }
  }

  TEST_CASE("a body that comes slowly holds up nobody, and gives its place back when its sender goes")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"hold.max_requests=1"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const body = mlp_body();
    auto const head =
        "POST /v2/models/mlp/infer HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    auto slow = client(proxy.port());
    slow.send(head + body.substr(0, 10));
    CHECK(eventually([&] { return proxy.infer("mlp", body).status == 503; }, 1s)); // the only place is taken
    CHECK(client(proxy.port()).get("/v2/models/mlp").status == 200);
    slow.send(body.substr(10));
    CHECK(slow.read().status == 200);
    {
      auto gone = client(proxy.port());
      gone.send(head + body.substr(0, 10));
      CHECK(eventually([&] { return proxy.infer("mlp", body).status == 503; }, 1s));
    }
    CHECK(eventually([&] { return proxy.infer("mlp", body).status == 200; }, 1s));
  }
}
