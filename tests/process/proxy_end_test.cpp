// How the proxy starts and ends: ready file, signals, refusals to start, and nothing left behind.
#include "tests/process/proxy_process.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace proxy_tests;

namespace {

/// What a process has open or mapped by name.
std::vector<std::string> open_names(pid_t pid)
{
  auto const folder = std::filesystem::path("/proc") / std::to_string(pid);
  auto names = std::vector<std::string>();
  auto error = std::error_code();
  for (auto const& entry : std::filesystem::directory_iterator(folder / "fd", error))
    names.push_back(std::filesystem::read_symlink(entry.path(), error).string());
  auto maps = std::ifstream(folder / "maps");
  for (auto line = std::string(); std::getline(maps, line);)
    if (auto const at = line.find('/'); at != std::string::npos) names.push_back(line.substr(at));
  return names;
}

} // namespace

TEST_SUITE("proxy end tsan")
{
  TEST_CASE("SIGTERM answers what is inside, then exits 0")
  {
    auto models = repository();
    models.add_odd("slow");
    auto proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(4'000));
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    auto const tree = proxy.workers();
    proxy.signal(SIGTERM);
    CHECK(running.read().status == 200);
    CHECK(proxy.wait() == 0);
    CHECK(std::none_of(tree.begin(), tree.end(), alive));
  }

  TEST_CASE("SIGINT twice ends at once")
  {
    auto models = repository();
    models.add_odd("slow");
    auto proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto running = client(proxy.port());
    running.post("/v2/models/slow/infer", slow_body(100'000));
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    auto const tree = proxy.workers();
    auto const start = clock::now();
    proxy.signal(SIGINT);
    std::this_thread::sleep_for(100ms);
    CHECK(alive(proxy.pid()));
    proxy.signal(SIGINT);
    CHECK(proxy.wait() == 130);
    CHECK(clock::now() - start < 2s);
    CHECK(std::none_of(tree.begin(), tree.end(), alive));
  }

  TEST_CASE("a port in use and a bad setting are one sentence each, and exit code 1")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    auto const [text, code] =
        run_proxy({"serve", "--set", "listen.http=127.0.0.1:" + std::to_string(proxy.port()), "--set",
                   "listen.admin=127.0.0.1:0", "--set", "models.repository=" + models.path()});
    CHECK(code == 1);
    CHECK(text.find("listen.http: cannot listen on 127.0.0.1:" + std::to_string(proxy.port())) != std::string::npos);
    auto const [words, bad] = run_proxy({"serve", "--set", "hold.max_requests=-1"});
    CHECK(bad == 1);
    CHECK(words.find("hold.max_requests") != std::string::npos);
  }

  TEST_CASE("a request that nobody waits for any more does not hold up the end")
  {
    auto models = repository();
    models.add_odd("slow");
    auto proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    CHECK(proxy.infer("slow", slow_body(200'000), "X-Request-Timeout-Ms: 100\r\n").status == 504);
    auto const start = clock::now();
    proxy.signal(SIGTERM);
    CHECK(proxy.wait() == 0);
    CHECK(clock::now() - start < 2s);
  }

  TEST_CASE("a client that keeps its connection open, idle or in the middle of a head, does not hold up the end")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto proxy = proxy_process(models, {"listen.header_timeout=2.0"});
    auto idle = client(proxy.port());
    CHECK(idle.get("/v2").status == 200);
    auto half = client(proxy.port());
    half.send("POST /v2/models/mlp/infer HTTP/1.1\r\nHo");
    std::this_thread::sleep_for(50ms);
    auto const start = clock::now();
    proxy.signal(SIGTERM);
    CHECK(idle.closed());
    CHECK(proxy.wait() == 0);
    CHECK(clock::now() - start < 4s); // at most listen.header_timeout, looked at once a second
  }

  TEST_CASE("a bad file is refused with its name, line and key")
  {
    auto models = repository();
    models.write("pilotlight.toml", "[models]\nrepository = \"" + models.path() + "\"\n[worker]\nparalel_starts = 2\n");
    auto const [text, code] = run_proxy({"serve", "--config", models.path("pilotlight.toml")});
    CHECK(code == 1);
    for (auto const* part : {"pilotlight.toml", "4", "worker.paralel_starts"})
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    auto const [words, missing] = run_proxy({"serve", "--config", models.path("nobody.toml")});
    CHECK(missing == 1);
    CHECK(words.find("nobody.toml") != std::string::npos);
  }

  TEST_CASE("nothing lies in /dev/shm or in a temporary folder, and so nothing is left after kill -9")
  {
    auto models = repository();
    for (auto const* name : {"mlp", "mlp_aoti", "silero_vad"})
      models.add_demo(name);
    auto proxy = proxy_process(models);
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(proxy.infer("mlp_aoti", mlp_body()).status == 200);
    auto tree = proxy.workers();
    tree.push_back(proxy.pid());
    for (auto const one : tree)
      for (auto const& name : open_names(one)) {
        CAPTURE(name);
        CHECK_FALSE(name.starts_with("/dev/shm/"));
      }
    // The destructor and wait() look into the temporary folder.
    proxy.signal(SIGKILL);
    CHECK(proxy.wait() == -SIGKILL);
    CHECK(eventually([&] { return std::none_of(tree.begin(), tree.end(), alive); }, 1s));
  }
}
