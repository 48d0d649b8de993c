// Model files that change behind the proxy's back.
#include "tests/process/proxy_load.hpp"
#include "tests/process/worker_odd_models.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>

using namespace proxy_tests;
namespace fs = std::filesystem;

namespace {

/// Copied beside and renamed into place, as it should be done.
void replace(repository const& models, std::string const& model, std::string const& by)
{
  auto const file = models.path(model + "/1/model.pt");
  fs::copy_file(worker_tests::odd_file(by), file + ".new");
  fs::rename(file + ".new", file);
}

/// The first value of the answer.
double first_of(proxy_process const& proxy, std::string const& model)
{
  auto const got = proxy.infer(model, floats_body({1, 2, 3, 4}, {1, 4}));
  REQUIRE_MESSAGE(got.status == 200, got.error());
  return got.json().at("outputs").at(0).at("data").at(0).to_number<double>();
}

} // namespace

TEST_SUITE("proxy files")
{
  TEST_CASE("a new file is served from the next start on, asked by its own canary and described anew")
  {
    auto models = repository();
    models.add_odd("types", {}, "one");
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.functional_check_interval=0.1",
                                              "autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
    CHECK(first_of(proxy, "one") == 1);
    auto const accurate = [&] {
      auto const health = client(proxy.admin()).get("/v1/health").json();
      return health.at("models").at(0).at("accuracy") == 100;
    };
    REQUIRE(eventually(accurate));
    auto const described = proxy.logged("describing 1 new model files");
    replace(models, "one", "in_place");
    CHECK(first_of(proxy, "one") == 1); // what is loaded serves on
    REQUIRE(proxy.ask_admin("/v1/models/one/scale", R"({"instances":0})").status == 200);
    REQUIRE(eventually([&] { return proxy.with_role("instance one").empty(); }));
    CHECK(first_of(proxy, "one") == 2);
    CHECK(eventually([&] { return proxy.logged("describing 1 new model files") == described + 1; }));
    std::this_thread::sleep_for(1s);
    CHECK(eventually(accurate)); // by the answer of the new file
    CHECK(first_of(proxy, "one") == 2);
    CHECK(proxy.state("one") != "OutOfService");
  }

  TEST_CASE("a new file ends being out of service, with the next reading of the configuration")
  {
    auto models = repository();
    models.add_odd("types",
                   "[[canary.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [1, 1]\ndata = [1.0]\n"
                   "[[canary.outputs]]\nname = \"OUTPUT__0\"\ndatatype = \"FP32\"\nshape = [1, 1]\n"
                   "data = [2.0]\n",
                   "one");
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.functional_check_interval=0.1",
                                              "autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
    auto const body = floats_body({1, 2, 3, 4}, {1, 4});
    REQUIRE(eventually([&] { return proxy.infer("one", body).error().find("out of service") != std::string::npos; }));
    replace(models, "one", "in_place");
    proxy.signal(SIGHUP);
    CHECK(eventually([&] { return proxy.infer("one", body).status == 200; }));
    CHECK(proxy.logged("one:1: its model file has changed, it is loaded again") == 1);
    std::this_thread::sleep_for(1s);
    CHECK(proxy.infer("one", body).status == 200);
  }

  TEST_CASE("a new file while the model zygote is started anew: no instance of the old file stays beside it")
  {
    auto models = repository();
    models.add_odd("types", {}, "one");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
    CHECK(first_of(proxy, "one") == 1);
    replace(models, "one", "in_place");
    auto const zygote = proxy.with_role("model zygote one");
    REQUIRE(zygote.size() == 1);
    ::kill(zygote[0], SIGKILL);
    CHECK(eventually([&] { return first_of(proxy, "one") == 2; }));
    for (auto i = 0; i < 20; ++i)
      CHECK(first_of(proxy, "one") == 2);
  }

  TEST_CASE("a new file while the model zygote is started anew: there is always somebody who serves, at the limit too")
  {
    auto models = repository();
    models.add_odd("types", {}, "one");
    auto const proxy =
        proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false",
                               "autoscaling.enabled=false", "autoscaling.model_loader.max_instances_per_model=3"});
    CHECK(first_of(proxy, "one") == 1);
    REQUIRE(proxy.ask_admin("/v1/models/one/scale", R"({"instances":3})").status == 200);
    REQUIRE(eventually([&] { return proxy.instances("one").size() == 3; }));
    auto const old = proxy.instances("one");
    replace(models, "one", "in_place");
    auto const zygote = proxy.with_role("model zygote one");
    REQUIRE(zygote.size() == 1);
    ::kill(zygote[0], SIGKILL);
    auto const still_old = [&] {
      return std::ranges::any_of(proxy.instances("one"), [&](pid_t one) { return std::ranges::count(old, one) > 0; });
    };
    for (auto const until = clock::now() + 20s; still_old() && clock::now() < until;)
      CHECK_FALSE(proxy.instances("one").empty());
    CHECK_FALSE(still_old());
    CHECK(eventually([&] { return proxy.instances("one").size() == 3; }));
    for (auto i = 0; i < 20; ++i)
      CHECK(first_of(proxy, "one") == 2);
  }

  TEST_CASE("a reload that changes hundreds of models keeps nobody waiting, and describes them by one process")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const text = models.read("mlp/model.toml");
    constexpr auto many = 300;
    auto const name = [](int i) { return "m" + std::to_string(i); };
    for (auto i = 0; i < many; ++i)
      fs::create_directories(models.path(name(i) + "/1"));
    auto const proxy = proxy_process(models);
    for (auto i = 0; i < many; ++i)
      fs::copy_file(models.path("mlp/1/model.pt"), models.path(name(i) + "/1/model.pt"));
    auto longest = clock::duration(0);
    auto one = client(proxy.port());
    auto const watch = [&](std::function<bool()> const& done) {
      for (auto const until = clock::now() + 20s; clock::now() < until && !done(); std::this_thread::sleep_for(5ms)) {
        auto const asked = clock::now();
        REQUIRE(one.get("/v2/health/live").status == 200);
        longest = std::max(longest, clock::now() - asked);
      }
    };
    proxy.signal(SIGHUP);
    watch([&] { return proxy.logged("is new in the repository") == many; });
    CHECK(proxy.logged("describing") <= 3); // at the start; perhaps some by the reading at the start; the rest
    for (auto i = 0; i < many; ++i)
      models.write(name(i) + "/model.toml", text);
    watch([&] { return proxy.logged("its model.toml has changed, it is loaded again") >= many; });
    CHECK(proxy.infer(name(many - 1), mlp_body()).status == 200);
    CHECK_MESSAGE(longest < 1s, std::chrono::duration<double>(longest).count());
  }

  TEST_CASE("what is unloaded stays so: its model.toml changes, it was being loaded anew, it was scaling down")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"});
    auto one = client(proxy.port());
    auto const unload = [&](std::string const& name) {
      CHECK(one.ask("/v2/repository/models/" + name + "/unload", "").status == 200);
    };
    auto const is_unloaded = [&](std::string const& name, std::string const& body) {
      auto const got = proxy.infer(name, body);
      return got.status == 503 && got.error().find("is unloaded") != std::string::npos;
    };
    unload("mlp");
    models.write("mlp/model.toml", models.read("mlp/model.toml") + "\n[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\n"
                                                                   "datatype = \"FP32\"\nshape = [1, 4]\n");
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return proxy.logged("mlp:1: its model.toml has changed") == 1; }));
    CHECK(is_unloaded("mlp", mlp_body()));
    // A reload is pending until what runs has ended.
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(5'000));
    REQUIRE(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    models.write("slow/model.toml", "[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [1]\n");
    CHECK(proxy.ask_admin("/v1/config/reload", "").status == 200);
    unload("slow");
    CHECK(running.read().status == 200);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    CHECK(is_unloaded("slow", slow_body(1)));
    CHECK(one.ask("/v2/repository/models/slow/load", "").status == 200);
    CHECK(proxy.infer("slow", slow_body(1)).status == 200);
    // Requests that came while it was scaling down are answered, and then it is unloaded.
    for (auto round = 0; round < 10; ++round) {
      CHECK(one.ask("/v2/repository/models/mlp/load", "").status == 200);
      REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
      REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
      auto const held = proxy.send("mlp", mlp_body(), 1);
      unload("mlp");
      auto const got = held[0]->read();
      CHECK((got.status == 200 || got.error().find("is unloaded") != std::string::npos));
      CHECK(eventually([&] { return proxy.with_role("model zygote mlp").empty(); }, 5s));
      CHECK(is_unloaded("mlp", mlp_body()));
    }
  }
}
