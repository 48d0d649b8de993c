// Who is told of decisions: the table of explain, the lines of --follow, and readers of the stream that are slow.
#include "tests/process/proxy_load.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

using namespace proxy_tests;

namespace {

constexpr auto models_told_of = 40;
constexpr auto event_bytes = 500; ///< of one decision, at least

/// Listens to the stream and reads nothing until told to. The kernel keeps little for it: small segments, small window.
class slow_reader
{
public:
  explicit slow_reader(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
  {
    auto const segment = 536, window = 2048;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    auto const time = timeval{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    auto address = sockaddr_in();
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    auto const asked = std::string_view("GET /v1/decisions/stream HTTP/1.1\r\nHost: test\r\n\r\n");
    REQUIRE(::send(fd_, asked.data(), asked.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(asked.size()));
  }
  ~slow_reader() { ::close(fd_); }
  slow_reader(slow_reader const&) = delete;
  slow_reader& operator=(slow_reader const&) = delete;

  /// Everything, to the end.
  std::string read() const
  {
    auto text = std::string();
    char piece[65536];
    for (auto got = ::recv(fd_, piece, sizeof piece, 0); got > 0; got = ::recv(fd_, piece, sizeof piece, 0))
      text.append(piece, static_cast<std::size_t>(got));
    return text;
  }

private:
  int fd_;
};

/// A proxy whose models decide something at each change of its file, and do nothing of it.
class talker
{
public:
  explicit talker(std::vector<std::string> settings)
  {
    for (auto i = 0; i < models_told_of; ++i)
      models_.add_demo("mlp", "model" + std::to_string(i));
    write();
    settings.insert(settings.end(),
                    {"autoscaling.dry_run=true", "autoscaling.tick=0.1", "autoscaling.thresholds.memory_scale_up=100"});
    proxy_.emplace(models_, std::move(settings), std::vector<std::string>{"--config", file()});
    wait_for(models_told_of);
  }

  proxy_process& proxy() { return *proxy_; }
  int decided() const
  {
    return client(proxy_->admin()).get("/v1/autoscaling/stats").json().at("decisions").to_number<int>();
  }
  /// So many bytes of events, or more.
  void talk(int bytes)
  {
    for (auto const until = decided() + bytes / event_bytes; decided() < until;) {
      auto const before = decided();
      write();
      REQUIRE(proxy_->ask_admin("/v1/config/reload", "").status == 200);
      wait_for(before + models_told_of);
    }
  }
  int listening() const { return static_cast<int>(metric(*proxy_, "pilotlight_event_streams")); }

private:
  std::string file() const { return folder_.path("pilotlight.toml"); }
  void write()
  {
    std::ofstream(file()) << "[autoscaling.zero_scaling]\nrest_at = \"" << (++turn_ % 2 ? "zygote" : "model_zygote")
                          << "\"\n";
  }
  void wait_for(int count) const
  {
    REQUIRE(eventually([&] { return decided() >= count; }));
  }

  repository models_;
  worker_tests::scratch_folder folder_;
  std::optional<proxy_process> proxy_;
  int turn_ = 0;
};

std::size_t count(std::string_view text, std::string_view words)
{
  auto found = std::size_t{0};
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1))
    ++found;
  return found;
}

/// KiB, of the process's own pages.
int memory_of(pid_t pid)
{
  auto file = std::ifstream("/proc/" + std::to_string(pid) + "/status");
  for (auto word = std::string(); file >> word;)
    if (word == "RssAnon:") {
      auto kib = 0;
      file >> kib;
      return kib;
    }
  return 0;
}

} // namespace

TEST_SUITE("proxy events")
{
  TEST_CASE("simulate takes the costs that a running proxy has measured")
  {
    auto models = repository();
    models.add_odd("slow");
    models.write("trace.csv", "time\n2026-01-01 00:00:00\n2026-01-01 02:00:00\n");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"});
    auto const simulated = [&] {
      return run_proxy({"simulate", "--trace", models.path("trace.csv"), "--measured", "slow", "--admin",
                        "127.0.0.1:" + std::to_string(proxy.admin()), "--policy", "fixed", "--json"});
    };
    CHECK(simulated() == std::pair(std::string("--measured: no request has started model 'slow' since the proxy began: "
                                               "send it some, the first while it is at zero\n"),
                                   1));
    for (auto i = 0; i < 3; ++i)
      REQUIRE(proxy.infer("slow", slow_body(300)).status == 200);
    auto const measured = [&] {
      auto const [text, code] = simulated();
      REQUIRE_MESSAGE(code == 0, text);
      return boost::json::parse(text).at("costs").as_object();
    };
    // Weighed in the background, once a tick.
    CHECK(eventually([&] { return measured().at("mebibytes").at("zygote").to_number<double>() != 90; }));
    auto const costs = measured();
    auto const said = proxy.model("slow");
    CHECK(costs.at("service_seconds").to_number<double>() ==
          doctest::Approx(said.at("service_time_us").to_number<double>() / 1e6).epsilon(0.01));
    CHECK(costs.at("start_seconds").at("zero").to_number<double>() ==
          doctest::Approx(said.at("costs").at("zero").at("start_ms").to_number<double>() / 1e3).epsilon(0.01));
  }

  TEST_CASE("explain and --follow tell the cause of a real scaling up and down, and end with the proxy")
  {
    auto models = repository();
    models.add_odd("slow");
    auto proxy = proxy_process(
        models, {"autoscaling.thresholds.queue_length_max=2", "autoscaling.model_loader.max_instances_per_model=2",
                 "autoscaling.tick=0.1", "autoscaling.windows.stable=1", "autoscaling.windows.panic=0.5",
                 "autoscaling.windows.stabilization=0.5", "autoscaling.windows.scale_down_cooldown=0.2"});
    auto const admin = "127.0.0.1:" + std::to_string(proxy.admin());
    auto followed = std::pair<std::string, int>();
    auto follower = std::thread([&] { followed = run_proxy({"explain", "slow", "--admin", admin, "--follow"}); });
    REQUIRE(eventually([&] { return metric(proxy, "pilotlight_event_streams") == 1; }));
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    for (auto const& each : proxy.send("slow", slow_body(500), 12))
      CHECK(each->read().status == 200);
    auto const down = [&] {
      auto const one = decided(proxy, "slow", "scale", "at most 1 were wanted over");
      return one && one->at("instances") == 1;
    };
    CHECK(eventually(down));
    auto const [told, code] = run_proxy({"explain", "slow", "--admin", admin});
    auto const [machines, code_too] = run_proxy({"explain", "slow", "--admin", admin, "--json"});
    proxy.signal(SIGTERM);
    CHECK(proxy.wait() == 0);
    follower.join();
    CHECK(code == 0);
    CHECK(code_too == 0);
    CHECK(boost::json::parse(machines).at("decisions").as_array().size() >= 2);
    CHECK(followed.second == 0);
    for (auto const* text : {&told, &std::as_const(followed.first)}) {
      CAPTURE(*text);
      auto const up = text->find("scale to 2");
      CHECK(up != std::string::npos);
      CHECK(text->find("scale to 1", up) != std::string::npos); // the later one
      CHECK(text->find(" waiting", up) != std::string::npos);   // the figures that it went by
      CHECK(text->find("at most 1 were wanted over", up) != std::string::npos);
    }
  }

  TEST_CASE("a reader that never reads is dropped, costs the proxy no memory, and takes nothing from one that reads")
  {
    auto told = talker({"listen.body_timeout=1"});
    auto stuck = std::vector<std::unique_ptr<slow_reader>>();
    for (auto i = 0; i < 8; ++i)
      stuck.push_back(std::make_unique<slow_reader>(told.proxy().admin()));
    auto good = std::string();
    auto first = 0, last = 0;
    {
      auto const reader = slow_reader(told.proxy().admin());
      REQUIRE(eventually([&] { return told.listening() == 9; }));
      auto listens = std::thread([&] { good = reader.read(); });
      auto const before = memory_of(told.proxy().pid());
      first = told.decided();
      told.talk(500'000);
      last = told.decided();
      auto const grown = memory_of(told.proxy().pid()) - before;
      CHECK(eventually([&] { return told.listening() == 1; }));
#if !defined(__SANITIZE_ADDRESS__)
      CHECK(grown < 8 * 300 + 4 * 1024);
#endif
      INFO(grown);
      told.proxy().signal(SIGTERM);
      CHECK(told.proxy().wait() == 0);
      listens.join();
    }
    CHECK(count(good, "event: decision\n") >= static_cast<std::size_t>(last - first));
    CHECK(good.ends_with("event: closing\ndata: {\"reason\":\"shutting_down\"}\n\n"));
  }

  TEST_CASE("a reader that falls too far behind is told so, after whole events")
  {
    auto told = talker({});
    auto const late = slow_reader(told.proxy().admin());
    REQUIRE(eventually([&] { return told.listening() == 1; }));
    told.talk(600'000);
    auto const text = late.read();
    CHECK(text.ends_with("\n\nevent: closing\ndata: {\"reason\":\"too_slow\"}\n\n"));
    CHECK(count(text, "event: decision\n") == count(text, "\"}\n\n") + count(text, "}}\n\n") - 1);
    CHECK(eventually([&] { return told.listening() == 0; }));
  }

  TEST_CASE("SIGTERM ends at once though streams are open, also such that nobody reads")
  {
    auto told = talker({});
    auto readers = std::vector<std::unique_ptr<slow_reader>>();
    for (auto i = 0; i < 20; ++i)
      readers.push_back(std::make_unique<slow_reader>(told.proxy().admin()));
    REQUIRE(eventually([&] { return told.listening() == 20; }));
    told.talk(100'000);
    auto const since = clock::now();
    told.proxy().signal(SIGTERM);
    CHECK(told.proxy().wait() == 0);
    CHECK(clock::now() - since < 10s); // of shutdown.drain_timeout = 30
  }
}
