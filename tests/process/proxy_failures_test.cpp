// When things break: each row of the table in docs/architecture.md, with processes that are really killed, hung or
// corrupted.
#include "shared/segment.hpp"
#include "tests/process/proxy_process.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

using namespace proxy_tests;

namespace {

// A sanitized worker makes an abort of a SIGSEGV, and starts several times as slowly.
#if defined(__SANITIZE_ADDRESS__)
constexpr auto ending = "SIGABRT";
constexpr auto kill_interval = 1'500ms;
#else
constexpr auto ending = "SIGSEGV";
constexpr auto kill_interval = 300ms;
#endif

/// Sends so many slow requests, each on its own connection.
std::vector<std::unique_ptr<client>> send_slow(proxy_process const& proxy, int count, int units)
{
  auto clients = std::vector<std::unique_ptr<client>>();
  for (auto i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<client>(proxy.port()));
    clients.back()->post("/v2/models/slow/infer", slow_body(units));
  }
  return clients;
}

/// Waits until an instance of `slow` other than `but` runs something; its pid.
pid_t running_instance(proxy_process const& proxy, pid_t but = 0)
{
  auto found = pid_t{0};
  eventually([&] {
    auto const seen = proxy.model("slow");
    for (auto const& each : seen.at("instances").as_array())
      if (each.at("in_flight").as_int64() > 0 && each.at("state").as_string() == "ready" &&
          each.at("pid").as_int64() != but)
        found = static_cast<pid_t>(each.at("pid").as_int64());
    return found != 0;
  });
  REQUIRE(found != 0);
  return found;
}

/// The instance's own segment, mapped through its descriptor in /proc, as a mad worker would scribble on it.
pilotlight::segment segment_of(pid_t pid)
{
  for (auto const& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    auto error = std::error_code();
    auto const target = std::filesystem::read_symlink(entry.path(), error).string();
    if (target.find("pilotlight-segment") == std::string::npos) continue;
    auto fd = pilotlight::unique_fd(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    return pilotlight::segment::map(std::move(fd)).value();
  }
  FAIL("no segment in " << pid);
  std::abort();
}

} // namespace

TEST_SUITE("proxy failures")
{
  TEST_CASE("kill -9 with requests inside: all are answered, by a new instance")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    auto const clients = send_slow(proxy, 6, 100);
    ::kill(running_instance(proxy), SIGKILL);
    for (auto const& each : clients)
      CHECK(each->read().status == 200);
  }

  TEST_CASE("SIGKILL from outside blames nobody, however often")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    auto const clients = send_slow(proxy, 1, 2'000);
    auto last = pid_t{0};
    for (auto i = 0; i < 4; ++i) {
      last = running_instance(proxy, last);
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
    poison.post("/v2/models/slow/infer", slow_body(600));
    auto const first = running_instance(proxy);
    auto const neighbours = send_slow(proxy, 3, 5);
    std::this_thread::sleep_for(30ms);
    ::kill(first, SIGSEGV);
    auto const second = running_instance(proxy, first);
    std::this_thread::sleep_for(30ms);
    ::kill(second, SIGSEGV);
    auto const answer = poison.read();
    CHECK(answer.status == 500);
    CHECK(answer.error().find(ending) != std::string::npos);
    CHECK(answer.error().find("has ended 2 workers") != std::string::npos);
    for (auto const& each : neighbours)
      CHECK(each->read().status == 200);
  }

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
    auto const worker = running_instance(proxy);
    auto const waiting = send_slow(proxy, 2, 1);
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

  TEST_CASE("timeout in the parameters holds too, in microseconds")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const start = clock::now();
    CHECK(proxy.infer("slow", slow_body(1'500, R"(,"parameters":{"timeout":100000})")).status == 504);
    CHECK(clock::now() - start < 500ms);
  }

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
    auto const starts = proxy.model("corrupt").at("cold_starts").as_int64();
    CHECK(starts >= 2); // half-open by itself
    CHECK(starts <= 4);
  }

  TEST_CASE("kill -9 of the proxy: every worker is gone within a second, and a new one works at once")
  {
    auto models = repository();
    models.add_odd("slow");
    auto tree = std::vector<pid_t>();
    {
      auto proxy = proxy_process(models);
      auto const clients = send_slow(proxy, 3, 500);
      running_instance(proxy);
      tree = proxy.workers();
      CHECK(tree.size() >= 3);
      proxy.signal(SIGKILL);
      CHECK(proxy.wait() == -SIGKILL);
    }
    CHECK(eventually([&] { return std::none_of(tree.begin(), tree.end(), alive); }, 1s));
    auto const again = proxy_process(models);
    CHECK(again.infer("slow", slow_body(1)).status == 200);
  }

  TEST_CASE("more than the hold: 503 with Retry-After at once for the rest, the accepted ones are answered")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy =
        proxy_process(models, {"hold.max_requests=4", "autoscaling.model_loader.max_instances_per_model=1"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const clients = send_slow(proxy, 30, 150);
    auto answered = 0, refused = 0;
    for (auto const& each : clients) {
      auto const got = each->read();
      answered += got.status == 200;
      refused += got.status == 503 && got.headers.contains("retry-after");
    }
    CHECK(answered + refused == 30);
    CHECK(answered >= 4);
    CHECK(refused >= 10);
  }

  TEST_CASE("a zygote, a model zygote or an instance that is killed at any time costs no request")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"log.level=error"});
    auto stop = std::atomic(false);
    auto answered = std::atomic(0), failed = std::atomic(0);
    auto threads = std::vector<std::thread>();
    for (auto i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        auto one = client(proxy.port());
        while (!stop)
          ++(one.ask("/v2/models/mlp/infer", mlp_body()).status == 200 ? answered : failed);
      });
    auto killed = 0;
    for (auto const until = clock::now() + 30 * 300ms; clock::now() < until;
         std::this_thread::sleep_for(kill_interval)) {
      auto const tree = proxy.workers();
      if (tree.empty()) continue;
      ::kill(tree[static_cast<std::size_t>(killed) % tree.size()], SIGKILL);
      ++killed;
    }
    stop = true;
    for (auto& each : threads)
      each.join();
    CHECK_MESSAGE(failed.load() == 0, proxy.log());
    CHECK(killed >= 5);
    CHECK(answered.load() > 100);
  }

  TEST_CASE("a worker that corrupts its channel is ended, and its requests run elsewhere")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models);
    struct
    {
      std::string title;
      void (*scribble)(pilotlight::segment&);
    } const cases[] = {
        {"an impossible completion index",
         [](pilotlight::segment& memory) { memory.header().completions.tail.fetch_add(5'000); }},
        {"a completion of a request that it was not given",
         [](pilotlight::segment& memory) {
           auto& tail = memory.header().completions.tail;
           auto nonsense = pilotlight::completion();
           nonsense.request = 12345;
           memory.completions()[tail.load() % pilotlight::ring_entries] = nonsense;
           tail.fetch_add(1);
         }},
        {"a block outside the arena",
         [](pilotlight::segment& memory) {
           auto& tail = memory.header().completions.tail;
           auto nonsense = pilotlight::completion();
           nonsense.request = memory.header().progress.request.load();
           nonsense.block_offset = ~std::uint64_t{0};
           nonsense.block_length = 1;
           memory.completions()[tail.load() % pilotlight::ring_entries] = nonsense;
           tail.fetch_add(1);
         }},
    };
    for (auto const& one : cases) {
      CAPTURE(one.title);
      REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
      auto const clients = send_slow(proxy, 2, 300);
      auto const pid = running_instance(proxy);
      auto memory = segment_of(pid);
      one.scribble(memory);
      for (auto const& each : clients)
        CHECK(each->read().status == 200);
      CHECK(eventually([&] { return !alive(pid); }));
    }
  }

  TEST_CASE("a worker that stops is hung, not busy for ever: execution_timeout ends it")
  {
    auto models = repository();
    models.add_odd("slow");
    auto const proxy = proxy_process(models, {"worker.execution_timeout=0.5"});
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const clients = send_slow(proxy, 1, 200);
    auto const pid = running_instance(proxy);
    ::kill(pid, SIGSTOP);
    CHECK(clients[0]->read().status == 200);
    CHECK_FALSE(alive(pid));
  }
}
