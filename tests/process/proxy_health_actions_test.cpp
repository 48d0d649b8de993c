// What follows from health: less traffic, upkeep, one more instance, and an alert that listeners hear.
#include "tests/process/proxy_load.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

using namespace proxy_tests;

namespace {

/// Hears the stream of events from when it is made.
class listener
{
public:
  explicit listener(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
  {
    auto address = sockaddr_in();
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    auto const asked = std::string_view("GET /v1/decisions/stream?model=mlp HTTP/1.1\r\nHost: test\r\n\r\n");
    REQUIRE(::send(fd_, asked.data(), asked.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(asked.size()));
    REQUIRE(eventually([&] { return heard().find("\r\n\r\n") != std::string::npos; }));
  }
  ~listener() { ::close(fd_); }
  listener(listener const&) = delete;
  listener& operator=(listener const&) = delete;

  std::string const& heard()
  {
    char piece[65536];
    for (auto got = ::recv(fd_, piece, sizeof piece, MSG_DONTWAIT); got > 0;
         got = ::recv(fd_, piece, sizeof piece, MSG_DONTWAIT))
      text_.append(piece, static_cast<std::size_t>(got));
    return text_;
  }
  /// The data of the first alert with these words; null before it comes.
  boost::json::value alert(std::string_view words)
  {
    constexpr auto head = std::string_view("event: alert\ndata: ");
    auto const& text = heard();
    for (auto at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
      auto const from = at + head.size();
      auto const to = text.find('\n', from);
      if (to == std::string::npos) break;
      auto const data = text.substr(from, to - from);
      if (data.find(words) != std::string::npos) return boost::json::parse(data);
    }
    return nullptr;
  }

private:
  int fd_;
  std::string text_;
};

/// While this is there, instances of the model have no zygote that they came from, and get none: their detailed check
/// fails with a score of 40.
class orphaned
{
public:
  orphaned(proxy_process const& proxy, std::string const& model) : zygote_(proxy.with_role("zygote").at(0))
  {
    ::kill(zygote_, SIGSTOP);
    ::kill(proxy.with_role("model zygote " + model).at(0), SIGKILL);
  }
  ~orphaned() { ::kill(zygote_, SIGCONT); }
  orphaned(orphaned const&) = delete;
  orphaned& operator=(orphaned const&) = delete;

private:
  pid_t zygote_;
};

/// Basic and detailed checks many times a second; what has sunk stays.
std::vector<std::string> checked_often(std::vector<std::string> more)
{
  for (auto const* one :
       {"basic_check_interval=0.1", "detailed_check_interval=0.1", "failure_threshold=2", "recovery_threshold=1000"})
    more.push_back(std::string("autoscaling.health_monitoring.") + one);
  more.insert(more.end(), {"autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
  return more;
}

/// Of the only model's instance at that place, "" while nothing is known of it.
std::string level(proxy_process const& proxy, std::size_t place)
{
  auto const health = client(proxy.admin()).get("/v1/health").json();
  auto const& all = health.at("models").at(0).at("instances").as_array();
  if (place >= all.size() || !all[place].at("level").is_string()) return {};
  return std::string(all[place].at("level").as_string());
}

bool becomes(proxy_process const& proxy, std::size_t place, std::string const& wanted)
{
  return eventually([&] { return level(proxy, place) == wanted; });
}

/// CPU time that a process has used, in ticks of a hundredth of a second.
long cpu_ticks(pid_t pid)
{
  auto line = std::string();
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), line);
  auto in = std::istringstream(line.substr(line.rfind(')') + 1));
  auto skipped = std::string();
  for (auto i = 0; i < 11; ++i)
    in >> skipped;
  auto user = 0L, system = 0L;
  in >> user >> system;
  return user + system;
}

} // namespace

TEST_SUITE("proxy health actions")
{
  TEST_CASE("the detailed check: an instance that leaks memory is found by its trend and replaced; no request fails")
  {
    auto models = repository();
    models.add_odd("leaks");
    auto const proxy = proxy_process(models, checked_often({"autoscaling.enabled=false"}));
    auto const mebibytes = [](float count) { return floats_body({count}, {1}); };
    REQUIRE(proxy.infer("leaks", mebibytes(1)).status == 200);
    auto const first = proxy.instances("leaks").at(0);
    auto const until = std::chrono::steady_clock::now() + 40s;
    while (std::chrono::steady_clock::now() < until && alive(first)) {
      REQUIRE(proxy.infer("leaks", mebibytes(1)).status == 200);
      std::this_thread::sleep_for(20ms);
    }
    CHECK_FALSE(alive(first));
    CHECK(decided(proxy, "leaks", "replace", "memory").has_value());
  }

  TEST_CASE("the detailed check: an instance whose zygote is gone is degraded, with the reason, and well again after")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto settings = checked_often({"autoscaling.enabled=false"});
    settings.emplace_back("autoscaling.health_monitoring.recovery_threshold=1");
    auto const proxy = proxy_process(models, settings);
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(becomes(proxy, 0, "healthy"));
    auto const instance = proxy.instances("mlp");
    {
      auto const alone = orphaned(proxy, "mlp");
      CHECK(becomes(proxy, 0, "degraded"));
      CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    }
    auto const failures = client(proxy.admin()).get("/v1/health").json().at("last_failures").as_array();
    REQUIRE_FALSE(failures.empty());
    CHECK(failures[0].at("check") == "detailed");
    CHECK(failures[0].at("score") == 40);
    CHECK(failures[0].at("reason").as_string().starts_with("its model zygote is gone"));
    CHECK(becomes(proxy, 0, "healthy"));
    CHECK(proxy.instances("mlp") == instance); // nobody replaced it
  }

  TEST_CASE("a degraded instance gets half of what a healthy one gets")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, checked_often({"autoscaling.enabled=false", "balancing.weights=[1.0, 1.0]",
                                             "autoscaling.model_loader.load_balancing_strategy=weighted"}));
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(becomes(proxy, 0, "healthy"));
    {
      auto const alone = orphaned(proxy, "mlp");
      REQUIRE(becomes(proxy, 0, "degraded"));
    }
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":2})").status == 200);
    REQUIRE(eventually([&] { return proxy.instances("mlp").size() == 2; }));
    auto const before = served(proxy, "mlp");
    for (auto i = 0; i < 30; ++i)
      REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const after = served(proxy, "mlp");
    CHECK(level(proxy, 0) == "degraded");
    CHECK(level(proxy, 1) != "degraded");
    auto const share = after.at(0) - before.at(0);
    CHECK(share >= 9);
    CHECK(share <= 11);
  }

  TEST_CASE("a degraded instance is optimised: it warms itself up again in a quiet moment")
  {
    auto models = repository();
    models.add_odd("lengthy", "[[warmup]]\n[[warmup.inputs]]\nname = \"x\"\ndatatype = \"FP32\"\nshape = [2000]\n");
    auto const proxy = proxy_process(models, checked_often({"autoscaling.enabled=false"}));
    REQUIRE(proxy.infer("lengthy", floats_body({1}, {1})).status == 200);
    REQUIRE(becomes(proxy, 0, "healthy"));
    auto const instance = proxy.instances("lengthy").at(0);
    auto used = cpu_ticks(instance);
    REQUIRE(eventually([&] { // what it had to do at its start is done
      std::this_thread::sleep_for(200ms);
      return cpu_ticks(instance) - std::exchange(used, cpu_ticks(instance)) == 0;
    }));
    auto const alone = orphaned(proxy, "lengthy");
    CHECK(eventually([&] { return cpu_ticks(instance) - used >= 10; }));
    CHECK(proxy.logged("health: optimise instance 1") == 1);
    CHECK(proxy.instances("lengthy").at(0) == instance);
  }

  TEST_CASE("a critical model gets one more instance at once, and explain says why")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false",
                                              "autoscaling.health_monitoring.basic_check_interval=0.1",
                                              "autoscaling.windows.scale_up_cooldown=3600"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto heard = listener(proxy.admin());
    ::kill(proxy.instances("mlp").at(0), SIGSTOP); // hung after five seconds without a heartbeat
    CHECK(eventually([&] { return heard.alert("is critical, one more instance is started").is_object(); }));
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 2; }));
    CHECK(decided(proxy, "mlp", "scale", "health of the model is 0").has_value());
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
  }

  TEST_CASE("an alert is heard on the stream of events, with its severity, topic and sentence")
  {
    auto models = repository();
    models.add_demo("mlp");
    models.write("mlp/model.toml", models.read("mlp/model.toml") + mlp_canary_that_fails);
    auto const proxy = proxy_process(models, {"autoscaling.health_monitoring.functional_check_interval=0.1",
                                              "autoscaling.tick=0.1", "autoscaling.zero_scaling.enabled=false"});
    auto heard = listener(proxy.admin());
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(eventually([&] { return heard.alert("is loaded anew").is_object(); }));
    CHECK(eventually([&] { return heard.alert("is out of service").is_object(); }));
    auto const first = heard.alert("is loaded anew"), last = heard.alert("is out of service");
    CHECK(first.at("severity") == "warning");
    CHECK(last.at("severity") == "critical");
    for (auto const* one : {&first, &last}) {
      CHECK(one->at("topic") == "quality");
      CHECK(one->at("model") == "mlp:1");
    }
  }
}
