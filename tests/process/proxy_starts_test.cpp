// What keeps a start from coming to its end: the reason is told, nothing is tried in a loop, and it goes on when it
// can.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>

using namespace proxy_tests;

TEST_SUITE("proxy starts")
{
#if !defined(__SANITIZE_ADDRESS__) // whose library wants to be the first
  TEST_CASE("where no process can be forked, the reason is told, and forking is tried by growing delays")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const refuse = folder.path("refuse");
    ::setenv("NO_FORK", refuse.c_str(), 1);
    ::setenv("LD_PRELOAD", PILOTLIGHT_TEST_FORK, 1);
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.windows.scale_up_cooldown=0.1"});
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("NO_FORK");
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    // Beside one that serves.
    models.write("refuse", "");
    std::filesystem::rename(models.path("refuse"), refuse);
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":2})").status == 200);
    std::this_thread::sleep_for(3s);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    auto const tries = proxy.logged("fork: Resource temporarily unavailable");
    CHECK(tries >= 2);
    CHECK(tries <= 10);
    // Nobody serves: what is held is told why.
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    auto const start = clock::now();
    auto const refused = proxy.infer("mlp", mlp_body());
    CHECK(refused.status == 503);
    CHECK_MESSAGE(refused.error().find("fork: Resource temporarily unavailable") != std::string::npos, refused.error());
    CHECK(clock::now() - start < 10s);
    std::filesystem::remove(refuse);
    CHECK(eventually([&] { return proxy.infer("mlp", mlp_body()).status == 200; }));
  }
#endif

  TEST_CASE("a zygote that hangs is replaced after start_timeout")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(
        models, {"autoscaling.zero_scaling.rest_at=zygote", "worker.start_timeout=2.0", "autoscaling.tick=0.1"});
    auto hung = std::vector<pid_t>();
    REQUIRE(eventually([&] { return !(hung = proxy.with_role("zygote")).empty(); }));
    ::kill(hung.at(0), SIGSTOP);
    auto const start = clock::now();
    auto const refused = proxy.infer("mlp", mlp_body());
    CHECK(refused.status == 503);
    CHECK(refused.error() == "model 'mlp' cannot be started: not ready within start_timeout");
    CHECK(clock::now() - start < 10s);
    CHECK(eventually([&] { return proxy.infer("mlp", mlp_body()).status == 200; }));
    CHECK(proxy.with_role("zygote") != hung);
    CHECK_FALSE(alive(hung.at(0)));
  }

  TEST_CASE("a warm-up that ends its process is left out after the second time; requests are answered all along")
  {
    auto models = repository();
    models.add_odd("dies_on_seven",
                   "[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [7, 4]\n");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"});
    auto const body = floats_body({1, 2, 3, 4}, {1, 4});
    for (auto const until = clock::now() + 3s; clock::now() < until; std::this_thread::sleep_for(50ms))
      CHECK(proxy.infer("dies_on_seven", body).status == 200);
    CHECK(proxy.logged("its zygote ended") <= 2);
    CHECK(proxy.logged("starts without a warm-up from now on") == 1);
    // Nor does a further instance die of it, that nobody waits for.
    REQUIRE(proxy.ask_admin("/v1/models/dies_on_seven/scale", R"({"instances":2})").status == 200);
    CHECK(eventually([&] { return proxy.instances("dies_on_seven").size() == 2; }));
  }

  TEST_CASE("a cache that cannot be read fails the starts that need it, with the reason, and nothing else")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.add_demo("mlp_aoti");
    auto const folder = worker_tests::scratch_folder();
    std::filesystem::create_directory_symlink(folder.path("loop"), folder.path("loop"));
    auto const proxy = proxy_process(models, {"cache.directory=" + folder.path("loop/cache")});
    auto const refused = proxy.infer("mlp_aoti", mlp_body());
    CHECK(refused.status == 503);
    CHECK(refused.error().find("could not be unpacked") != std::string::npos);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("an unpacking that hangs is ended after start_timeout, and by the end of the proxy")
  {
    auto models = repository();
    models.add_demo("mlp_aoti");
    auto const file = models.path("mlp_aoti/1/model.pt2");
    auto const folder = worker_tests::scratch_folder();
    // It waits for a writer that never comes.
    auto const proxy = proxy_process(models, {"cache.directory=" + folder.path("cache"), "worker.start_timeout=2.0"});
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    std::filesystem::rename(file, file + ".whole");
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    auto const start = clock::now();
    auto const refused = proxy.infer("mlp_aoti", mlp_body());
    CHECK(refused.status == 503);
    CHECK(refused.error().find("could not be unpacked") != std::string::npos);
    CHECK(refused.error().find("within start_timeout") != std::string::npos);
    CHECK(clock::now() - start < 10s);
    std::filesystem::rename(file + ".whole", file);
    CHECK(eventually([&] { return proxy.infer("mlp_aoti", mlp_body()).status == 200; }));
  }
}
