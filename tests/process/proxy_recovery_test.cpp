// What must come right again by itself: a model zygote that hangs, a start without descriptors, a load that was asked
// for while the model was busy, a sequence that is begun again.
#include "tests/process/proxy_process.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/resource.h>

using namespace proxy_tests;

namespace {

constexpr auto sequence_toml = "stateful = \"sequence\"\n";

std::string in_sequence(int units, std::string const& more)
{
  return slow_body(units, R"(,"parameters":{"sequence_id":"s",)" + more + "}");
}

std::size_t open_files(pid_t pid)
{
  auto const all = std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Lets it open so many more, and as many as before when this goes.
class few_files
{
public:
  few_files(pid_t pid, std::size_t more) : pid_(pid)
  {
    auto const few = rlimit{open_files(pid) + more, 0};
    ::prlimit(pid, RLIMIT_NOFILE, nullptr, &before_);
    auto limit = before_;
    limit.rlim_cur = few.rlim_cur;
    ::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr);
  }
  ~few_files() { ::prlimit(pid_, RLIMIT_NOFILE, &before_, nullptr); }
  few_files(few_files const&) = delete;
  few_files& operator=(few_files const&) = delete;

private:
  pid_t pid_;
  rlimit before_{};
};

} // namespace

TEST_SUITE("proxy recovery")
{
  TEST_CASE("a model zygote that hangs is replaced as soon as an instance is missing")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"worker.start_timeout=2"});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    auto const zygotes = proxy.with_role("model zygote mlp");
    auto const serving = proxy.instances("mlp");
    REQUIRE(zygotes.size() == 1);
    REQUIRE(serving.size() == 1);
    ::kill(zygotes[0], SIGSTOP);
    ::kill(serving[0], SIGKILL);
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(proxy.with_role("model zygote mlp") != zygotes);
  }

// A sanitizer takes memory for unreadable, and so an object for bad, where it gets no descriptors to probe it with.
#if !defined(__SANITIZE_ADDRESS__)
  TEST_CASE("a start that finds no file descriptors is told, and the next one works")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy = proxy_process(models, {"hold.max_wait=5"});
    auto one = client(proxy.port());
    auto admin = client(proxy.admin());
    REQUIRE(one.ask("/v2/models/mlp/infer", mlp_body()).status == 200);
    REQUIRE(admin.ask("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
    auto told = 0;
    for (auto more = std::size_t{1}; more <= 8; ++more) {
      CAPTURE(more);
      REQUIRE(eventually([&] { return proxy.workers().empty(); }));
      {
        auto const limit = few_files(proxy.pid(), more);
        auto const got = one.ask("/v2/models/mlp/infer", mlp_body());
        CHECK((got.status == 200 || got.status == 503));
        if (got.error().find("cannot be started: no instance can be made") != std::string::npos) ++told;
      }
      CHECK(eventually([&] { return one.ask("/v2/models/mlp/infer", mlp_body()).status == 200; }));
      REQUIRE(admin.ask("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
    }
    CHECK(told > 0);
  }
#endif

  TEST_CASE("a model that is to be loaded anew is, whatever the number of its instances becomes meanwhile")
  {
    auto models = repository();
    models.add_odd("slow", "# as it was\n");
    auto const proxy = proxy_process(models);
    REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
    auto const before = proxy.with_role("model zygote slow");
    auto const running = proxy.send("slow", slow_body(8'000), 1);
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 1; }));
    models.write("slow/model.toml", "[autoscaling.model_loader]\nmax_instances_per_model = 2\n");
    auto loading = client(proxy.port());
    loading.post("/v2/repository/models/slow/load", "");
    CHECK(loading.silent_for(50ms));
    REQUIRE(proxy.ask_admin("/v1/models/slow/scale", R"({"instances":2})").status == 200);
    CHECK(running[0]->read().status == 200);
    CHECK(loading.read().status == 200);
    CHECK(proxy.with_role("model zygote slow") != before);
  }

  TEST_CASE("a sequence begun again while its last request still runs starts afresh, ends, and lets its model go")
  {
    auto models = repository();
    models.add_odd("slow", sequence_toml);
    auto const proxy = proxy_process(models, {"autoscaling.zero_scaling.scale_to_zero_delay=1"});
    REQUIRE(proxy.infer("slow", in_sequence(1, "\"sequence_start\":true")).status == 200);
    auto const late =
        proxy.infer("slow", in_sequence(10'000, "\"sequence_start\":false"), "X-Request-Timeout-Ms: 100\r\n");
    REQUIRE(late.status == 504);
    CHECK(proxy.infer("slow", in_sequence(1, "\"sequence_start\":true")).status == 200);
    CHECK(eventually([&] { return proxy.model("slow").at("in_flight").as_int64() == 0; }));
    CHECK(proxy.infer("slow", in_sequence(1, "\"sequence_end\":true")).status == 200);
    CHECK(eventually([&] { return proxy.workers().empty(); }));
    CHECK(proxy.state("slow") == "Zero");
  }

  TEST_CASE("a model of sequences is loaded by hand like any other")
  {
    auto models = repository();
    models.add_odd("slow", sequence_toml);
    auto const proxy = proxy_process(models);
    CHECK(client(proxy.port()).ask("/v2/repository/models/slow/load", "").status == 200);
    CHECK(proxy.infer("slow", in_sequence(1, "\"sequence_start\":true,\"sequence_end\":true")).status == 200);
  }
}
