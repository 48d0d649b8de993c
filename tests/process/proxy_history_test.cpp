// What the proxy remembers over a restart, and how it serves when it cannot.
#include "tests/process/proxy_load.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>

using namespace proxy_tests;

namespace {

namespace fs = std::filesystem;

constexpr auto preload = "autoscaling.zero_scaling.preload_popular_models=true";

/// Puts these models' counts into the history, through a proxy that ends as it should.
void call(repository const& models, std::string const& history, std::vector<std::pair<std::string, int>> const& calls)
{
  auto const proxy = proxy_process(models, {"history.file=" + history, "autoscaling.tick=0.1"});
  for (auto const& [name, count] : calls)
    for (auto i = 0; i < count; ++i)
      REQUIRE(proxy.infer(name, mlp_body()).status == 200);
  std::this_thread::sleep_for(300ms); // some ticks see them
}

/// A disk of this test's own, as small as that; only root may have one. Of a namespace that ends with this process.
class small_disk
{
public:
  explicit small_disk(std::string where) : where_(std::move(where))
  {
    if (::unshare(CLONE_NEWNS) != 0) return;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
    fs::create_directory(where_);
    usable_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~small_disk()
  {
    if (usable_) ::umount2(where_.c_str(), MNT_DETACH);
  }
  small_disk(small_disk const&) = delete;
  small_disk& operator=(small_disk const&) = delete;

  bool usable() const { return usable_; }
  std::string path(std::string const& name) const { return where_ + "/" + name; }
  void fill() const
  {
    auto file = std::ofstream(path("filler"), std::ios::binary);
    auto const page = std::string(4096, 'x');
    while (file.write(page.data(), 4096) && file.flush()) {
    }
  }
  void free() const { fs::remove(path("filler")); }

private:
  std::string where_;
  bool usable_ = false;
};

} // namespace

TEST_SUITE("proxy history")
{
  TEST_CASE("preload_popular_models: after a restart the model that was asked for most is there before anybody asks")
  {
    auto models = repository();
    for (auto const* name : {"seldom", "often", "never"})
      models.add_demo("mlp", name);
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("history.sqlite");
    call(models, file, {{"seldom", 1}, {"often", 5}});
    auto const proxy =
        proxy_process(models, {"history.file=" + file, preload, "autoscaling.zero_scaling.max_loaded_models=1"});
    CHECK(eventually([&] { return proxy.instances("often").size() == 1; }));
    CHECK(proxy.logged("model often:1: scale to 1: started ahead, preload_popular_models: 5 requests so far") == 1);
    CHECK(proxy.logged("started ahead") == 1);
    CHECK(proxy.state("seldom") == "Zero");
    auto const first = proxy.infer("often", mlp_body());
    CHECK(first.status == 200);
    CHECK_FALSE(first.headers.contains("x-pilotlight-cold-start"));
  }

  TEST_CASE("preload_popular_models: it starts them when it turns true in a running proxy, too")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("pilotlight.toml");
    auto const say = [&](char const* what) {
      auto const text = std::string("[autoscaling.zero_scaling]\npreload_popular_models = ") + what + "\n";
      std::ofstream(file) << text;
    };
    say("false");
    auto const proxy = proxy_process(models, {"autoscaling.tick=0.1"}, {"--config", file});
    REQUIRE(proxy.infer("mlp", mlp_body()).status == 200);
    REQUIRE(proxy.ask_admin("/v1/models/mlp/scale", R"({"instances":0})").status == 200);
    REQUIRE(eventually([&] { return proxy.workers().empty(); }));
    std::this_thread::sleep_for(300ms); // some ticks see the request
    say("true");
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    REQUIRE(proxy.ask_admin("/v1/config/reload", "").status == 200);
    CHECK(proxy.logged("started ahead, preload_popular_models") == 1);
  }

  TEST_CASE("preload_popular_models leaves alone what is by hand, a dry run, or over a budget that refuses")
  {
    auto models = repository();
    for (auto const* name : {"by_hand", "dry", "poor", "plain"})
      models.add_demo("mlp", name);
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("history.sqlite");
    call(models, file, {{"poor", 2}, {"by_hand", 4}, {"dry", 3}, {"plain", 1}});
    models.write("by_hand/model.toml", "[autoscaling]\nenabled = false\n");
    models.write("dry/model.toml", "[autoscaling]\ndry_run = true\n");
    models.write("poor/model.toml",
                 "[autoscaling.budget]\nworker_hours_per_month = 0.000001\nrefuse_over_budget = true\n");
    auto const proxy = proxy_process(models, {"history.file=" + file, preload});
    CHECK(eventually([&] { return proxy.instances("plain").size() == 1; }));
    CHECK(proxy.logged("started ahead") == 1);
    for (auto const* name : {"by_hand", "dry", "poor"})
      CHECK(proxy.state(name) == "Zero");
  }

  TEST_CASE("kill -9 of the proxy under load: what was saved is there after it, and the file is sound")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const file = folder.path("history.sqlite");
    {
      auto proxy = proxy_process(models, {"history.file=" + file, "history.save_interval=1"});
      auto load = steady_load(proxy, 2);
      REQUIRE(load.more(20));
      auto const saved = metric(proxy, "pilotlight_history_saves_total");
      REQUIRE(eventually([&] { return metric(proxy, "pilotlight_history_saves_total") >= saved + 2; }));
      proxy.signal(SIGKILL);
      CHECK(proxy.wait() == -SIGKILL);
    }
    auto const proxy = proxy_process(models, {"history.file=" + file, preload});
    CHECK(eventually([&] { return proxy.instances("mlp").size() == 1; }));
    CHECK(proxy.logged("model mlp:1: scale to 1: started ahead") == 1);
    CHECK(proxy.logged("history:") == 0);
    auto const stats = client(proxy.admin()).get("/v1/autoscaling/stats").json();
    CHECK(stats.at("since_start").at("cold_starts").to_number<int>() >= 1); // of the run that was killed
  }

  TEST_CASE("a damaged history is put aside with one warning, one that cannot be there costs one too; both serve")
  {
    auto models = repository();
    models.add_demo("mlp");
    auto const folder = worker_tests::scratch_folder();
    auto const good = folder.path("good.sqlite");
    call(models, good, {{"mlp", 1}});
    auto const size = fs::file_size(good);
    REQUIRE(size > 4096);
    auto const file = folder.path("history.sqlite");
    enum class harm
    {
      garbage,
      half,
      hole
    };
    for (auto const how : {harm::garbage, harm::half, harm::hole}) {
      CAPTURE(static_cast<int>(how));
      fs::copy_file(good, file, fs::copy_options::overwrite_existing);
      if (how == harm::garbage) std::ofstream(file, std::ios::trunc) << std::string(9'000, '?');
      if (how == harm::half) fs::resize_file(file, size / 2);
      if (how == harm::hole) {
        auto inside = std::fstream(file, std::ios::in | std::ios::out | std::ios::binary);
        inside.seekp(4096);
        inside << std::string(size - 4096, '\0');
      }
      auto const proxy = proxy_process(models, {"history.file=" + file, "history.save_interval=1"});
      CHECK(proxy.infer("mlp", mlp_body()).status == 200);
      CHECK(proxy.logged("history:") == 1);
      CHECK(proxy.logged(file + ".damaged-") == 1);
      CHECK(eventually([&] { return metric(proxy, "pilotlight_history_saves_total") >= 1; })); // the new one works
    }
    std::ofstream(folder.path("no_folder")) << "a file";
    auto const proxy = proxy_process(models, {"history.file=" + folder.path("no_folder/history.sqlite"), preload});
    CHECK(proxy.infer("mlp", mlp_body()).status == 200);
    CHECK(proxy.logged("history:") == 1);
    CHECK(proxy.logged("the service goes on, but what it learns is not kept over a restart") == 1);
  }

  TEST_CASE("a full disk costs one warning and no request, and is written again when there is room")
  {
    auto const folder = worker_tests::scratch_folder();
    auto const disk = small_disk(folder.path("disk"));
    if (!disk.usable()) {
      MESSAGE("no disk can be mounted here: not tested");
      return;
    }
    auto models = repository();
    models.add_demo("mlp");
    auto const proxy =
        proxy_process(models, {"history.file=" + disk.path("history.sqlite"), "history.save_interval=1"});
    auto const load = steady_load(proxy, 1);
    REQUIRE(eventually([&] { return metric(proxy, "pilotlight_history_saves_total") >= 1; }));
    disk.fill();
    REQUIRE(eventually([&] { return metric(proxy, "pilotlight_history_failures_total") >= 2; }));
    CHECK(proxy.logged("disk is full") == 1);
    auto const saved = metric(proxy, "pilotlight_history_saves_total");
    disk.free();
    CHECK(eventually([&] { return metric(proxy, "pilotlight_history_saves_total") > saved; }));
    CHECK(proxy.logged("is written again") == 1);
    CHECK(load.failed() == 0);
  }
}
