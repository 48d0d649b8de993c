// The tree under attack: each role killed in each phase, all roles at random under load, and the proxy itself.
#include "tests/process/proxy_process.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <doctest/doctest.h>

using namespace proxy_tests;

namespace {

// Sanitized workers start several times as slowly.
#if defined(__SANITIZE_ADDRESS__)
constexpr auto kill_interval = 1'500ms;
#else
constexpr auto kill_interval = 300ms;
#endif

constexpr char const* roles[] = {"zygote", "model zygote mlp", "instance mlp"};

/// Clients that ask without a pause, each on its own connection, until told to stop.
class load
{
public:
  load(std::uint16_t port, std::string const& model, int clients)
  {
    for (auto i = 0; i < clients; ++i)
      threads_.emplace_back([this, port, target = "/v2/models/" + model + "/infer"] {
        auto one = client(port);
        while (!stop_)
          ++(one.ask(target, mlp_body()).status == 200 ? answered_ : failed_);
      });
  }
  ~load() { stop(); }
  void stop()
  {
    stop_ = true;
    for (auto& each : threads_)
      if (each.joinable()) each.join();
  }
  int answered() const { return answered_; }
  int failed() const { return failed_; }

private:
  std::atomic<bool> stop_ = false;
  std::atomic<int> answered_ = 0, failed_ = 0;
  std::vector<std::thread> threads_;
};

/// Kills one of that role; waits for one first, for a while.
bool kill_one(proxy_process const& proxy, std::string const& role)
{
  auto there = std::vector<pid_t>();
  eventually([&] { return !(there = proxy.with_role(role)).empty(); }, 2s);
  return !there.empty() && ::kill(there[0], SIGKILL) == 0;
}

} // namespace

TEST_SUITE("proxy tree")
{
  TEST_CASE("each role killed while idle: the next request is answered")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    for (auto round = 0; round < 3; ++round)
      for (auto const* role : roles) {
        CAPTURE(role);
        CHECK(kill_one(proxy, role));
        CHECK(proxy.infer("mlp", mlp_body()).status == 200);
      }
  }

  TEST_CASE("each role killed while the model starts, at any moment of it: the request that started it is answered")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    for (auto const* role : roles)
      for (auto delay = 0ms; delay <= 300ms; delay += 60ms) {
        CAPTURE(role);
        CAPTURE(delay.count());
        REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
        REQUIRE(eventually([&] { return proxy.workers().empty(); }));
        auto const waiting = proxy.send("mlp", mlp_body(), 2);
        std::this_thread::sleep_for(delay);
        for (auto const one : proxy.with_role(role))
          ::kill(one, SIGKILL);
        for (auto const& each : waiting) {
          auto const got = each->read();
          CHECK_MESSAGE(got.status == 200, got.error());
        }
      }
  }

  TEST_CASE("each role killed before its title is written: the request is answered all the same")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models);
    for (auto turn = 0; turn < 10; ++turn) {
      REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
      REQUIRE(eventually([&] { return proxy.workers().empty(); }));
      auto const waiting = proxy.send("mlp", mlp_body(), 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(turn * 30));
      for (auto const one : proxy.workers())
        ::kill(one, SIGKILL); // the whole tree at once
      CHECK(waiting[0]->read().status == 200);
    }
  }

  TEST_CASE("each role killed in turn under load, for ten seconds: no request fails")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"log.level=error"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto clients = load(proxy.port(), "mlp", 4);
    int killed[3] = {};
    auto turn = 0;
    for (auto const until = clock::now() + 10s; clock::now() < until; std::this_thread::sleep_for(kill_interval)) {
      killed[turn % 3] += kill_one(proxy, roles[turn % 3]);
      ++turn;
    }
    clients.stop();
    CHECK_MESSAGE(clients.failed() == 0, proxy.log());
    CHECK(clients.answered() > 100);
    for (auto const count : killed)
      CHECK(count >= 2);
    MESSAGE(clients.answered(), " answered, killed: ", killed[0], " zygotes, ", killed[1], " model zygotes, ",
            killed[2], " instances");
  }

  TEST_CASE("kill -9 of the proxy: every worker is gone within a second, and a new one works at once")
  {
    auto models = repository();
    models.add_odd("slow");
    auto tree = std::vector<pid_t>();
    {
      auto proxy = proxy_process(models);
      auto const clients = proxy.send("slow", slow_body(5'000), 3);
      proxy.running_instance("slow");
      tree = proxy.workers();
      CHECK(tree.size() >= 3);
      proxy.signal(SIGKILL);
      CHECK(proxy.wait() == -SIGKILL);
    }
    CHECK(eventually([&] { return std::none_of(tree.begin(), tree.end(), alive); }, 1s));
    auto const again = proxy_process(models);
    CHECK(again.infer("slow", slow_body(1)).status == 200);
  }
}
