// Models that cannot be started: the reason at once, growing delays, never a loop, and never a neighbour's harm.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <set>

using namespace proxy_tests;

TEST_SUITE("proxy broken models")
{
  TEST_CASE("a missing, corrupt or wrong file fails its model at once, with the reason, and nobody else")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.write("corrupt/1/model.pt", "this is no archive");
    models.write("wrong/1/model.pt2", "neither is this");
    models.write("wrong/model.toml", "[[inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [-1, 4]\n"
                                     "[[outputs]]\nname = \"y\"\ndatatype = \"FP32\"\nshape = [-1, 2]\n");
    models.add_demo("mlp", "missing");
    auto const proxy = proxy_process(models);
    std::filesystem::remove(models.path("missing/1/model.pt"));
    for (auto const* name : {"corrupt", "wrong", "missing"}) {
      CAPTURE(name);
      auto const refused = proxy.infer(name, mlp_body());
      CHECK(refused.status == 503);
      CHECK(refused.headers.contains("retry-after"));
      CHECK(refused.error().find("cannot be started") != std::string::npos);
      CHECK(proxy.state(name) == "Failed");
      auto const start = clock::now();
      CHECK(proxy.infer(name, mlp_body()).status == 503);
      CHECK(clock::now() - start < 1s);
    }
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    // Repaired: load takes it up at once.
    std::filesystem::copy_file(models.path("mlp/1/model.pt"), models.path("corrupt/1/model.pt"),
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(client(proxy.port()).ask("/v2/repository/models/corrupt/load", "").status == 200);
    CHECK(proxy.infer("corrupt", mlp_body()).status == 200);
  }

  TEST_CASE("a model that fails on every start is tried again by growing delays, not in a loop")
  {
    auto models = repository();
    models.write("corrupt/1/model.pt", "this is no archive");
    auto const proxy = proxy_process(models);
    auto const until = clock::now() + 4s;
    auto refused = 0;
    while (clock::now() < until) {
      refused += proxy.infer("corrupt", mlp_body()).status == 503;
      std::this_thread::sleep_for(20ms);
    }
    CHECK(refused > 50);
    auto const starts = proxy.model("corrupt").at("starts").as_int64();
    CHECK(starts >= 2); // half-open by itself
    CHECK(starts <= 4);
  }

  TEST_CASE("a floor does not try a model that cannot start more often than its growing delays do")
  {
    auto models = repository();
    models.write("corrupt/1/model.pt", "this is no archive");
    auto const proxy = proxy_process(models, {"autoscaling.model_loader.min_instances=1", "autoscaling.tick=0.1"});
    REQUIRE(eventually([&] { return proxy.model("corrupt").at("starts").as_int64() >= 2; })); // nobody asked
    std::this_thread::sleep_for(2s);
    CHECK(proxy.model("corrupt").at("starts").as_int64() <= 4);
    CHECK(proxy.state("corrupt") == "Failed");
  }

  TEST_CASE("a model that crashes on every load is described as such, and started seldom")
  {
    auto models = repository();
    models.add_odd("dies_on_load");
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto refused = 0;
    for (auto const until = clock::now() + 4s; clock::now() < until; std::this_thread::sleep_for(20ms)) {
      auto const got = proxy.infer("dies_on_load", mlp_body());
      refused += got.status == 503 && got.headers.contains("retry-after");
    }
    CHECK(refused > 50);
    CHECK(proxy.logged("model dies_on_load:1: start failed") >= 2);
    CHECK(proxy.logged("model dies_on_load:1: start failed") <= 6);
    CHECK(proxy.model("dies_on_load").at("reason").as_string().find(crash_signal) != boost::json::string::npos);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("an instance that dies on every start beside one that serves is not forked in a loop")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.enabled=false"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const good = proxy.instances("mlp").at(0);
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":2})").status == 200);
    auto ended = std::set<pid_t>();
    for (auto const until = clock::now() + 2s; clock::now() < until; std::this_thread::sleep_for(5ms))
      for (auto const one : proxy.instances("mlp"))
        if (one != good && ended.insert(one).second) ::kill(one, SIGSEGV);
    CHECK(ended.size() >= 2);
    CHECK(ended.size() <= 4);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 2; }, 10s)); // tried again by itself
    CHECK(alive(good));
  }

  TEST_CASE("starts that failed long ago do not make one death a failed model")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.enabled=false"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const good = proxy.instances("slow").at(0);
    REQUIRE(proxy.ask_admin("/v1/models/slow/scale", R"({"instances":2})").status == 200);
    auto ended = std::set<pid_t>();
    for (auto const until = clock::now() + 15s; ended.size() < 2 && clock::now() < until;
         std::this_thread::sleep_for(5ms))
      for (auto const one : proxy.instances("slow"))
        if (one != good && ended.insert(one).second) ::kill(one, SIGSEGV);
    REQUIRE(ended.size() == 2);
    REQUIRE(proxy.ask_admin("/v1/models/slow/scale", R"({"instances":1})").status == 200);
    std::this_thread::sleep_for(2s); // longer than the breaker's delay: nobody has answered since
    auto const inside = proxy.send("slow", slow_body(2'000), 1);
    auto const zygote = proxy.with_role("model zygote slow");
    auto const running = proxy.running_instance("slow");
    ::kill(running, SIGKILL);
    auto const answer = inside[0]->read();
    CHECK_MESSAGE(answer.status == 200, answer.error());
    CHECK(proxy.with_role("model zygote slow") == zygote);
  }

  TEST_CASE("a worker program that cannot start fails its models with the reason, and is not tried in a loop")
  {
    auto models = repository();
    models.add_demo("mlp");
    for (auto const* program : {"/bin/false", "/nonexistent/worker"}) {
      CAPTURE(program);
      auto const proxy = proxy_process(models, {std::string("worker.binary=") + program, "log.level=debug"});
      for (auto i = 0; i < 20; ++i) {
        auto const got = proxy.infer("mlp", mlp_body());
        CHECK(got.status == 503);
        CHECK(got.error().find("cannot be started") != std::string::npos);
      }
      CHECK(proxy.logged("start failed") >= 1);
      CHECK(proxy.logged("start failed") <= 3);
      CHECK(proxy.logged("zygote started") <= 5);
    }
  }

  TEST_CASE("start_timeout ends a load that takes too long, whether a request waits for it or nobody does")
  {
    auto models = repository();
    models.add_odd("slow_to_load");
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"worker.start_timeout=1.0"});
    auto const start = clock::now();
    auto const waited = proxy.infer("slow_to_load", mlp_body());
    CHECK(waited.status == 503);
    CHECK(waited.error().find("start_timeout") != std::string::npos);
    CHECK(clock::now() - start < 10s);
    CHECK(proxy.with_role("model zygote slow_to_load").empty());
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    auto const by_hand = client(proxy.port()).ask("/v2/repository/models/slow_to_load/load", "");
    CHECK(by_hand.status >= 400);
    CHECK(eventually([&] { return proxy.with_role("model zygote slow_to_load").empty(); }, 5s));
    CHECK(eventually([&] { return proxy.state("slow_to_load") == "Failed"; }, 5s));
  } // and the description of it, which has not come to an end either, is ended with the proxy
}
