// Memory that is not there: the kernel ends a worker that takes more than its cgroup has.
#include "tests/process/proxy_process.hpp"

// A sanitized worker takes many times the memory, and its allocator answers in its own way.
#if !defined(__SANITIZE_ADDRESS__)

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace proxy_tests;

namespace {

/// A memory cgroup of this test's own, of v2 or v1, where such may be made (as root, and not in every container).
class memory_cgroup
{
public:
  explicit memory_cgroup(std::size_t limit)
  {
    namespace fs = std::filesystem;
    auto const v1 = fs::exists("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    auto const name = "pilotlight-test-" + std::to_string(::getpid());
    path_ = (v1 ? "/sys/fs/cgroup/memory/" : "/sys/fs/cgroup/") + name;
    auto error = std::error_code();
    if (!fs::create_directory(path_, error)) {
      path_.clear();
      return;
    }
    write(v1 ? "memory.limit_in_bytes" : "memory.max", std::to_string(limit));
    // Swap would only make it slow.
    if (!v1 && fs::exists(path_ + "/memory.swap.max")) write("memory.swap.max", "0");
    usable_ = fs::exists(path_ + (v1 ? "/memory.limit_in_bytes" : "/memory.max"));
  }
  ~memory_cgroup()
  {
    if (!path_.empty()) eventually([&] { return ::rmdir(path_.c_str()) == 0; });
  }
  memory_cgroup(memory_cgroup const&) = delete;
  memory_cgroup& operator=(memory_cgroup const&) = delete;

  bool usable() const { return usable_; }
  bool take(pid_t pid) const { return write("cgroup.procs", std::to_string(pid)); }

private:
  bool write(std::string const& file, std::string const& text) const
  {
    return static_cast<bool>(std::ofstream(path_ + "/" + file) << text << std::flush);
  }

  std::string path_;
  bool usable_ = false;
};

std::string mebibytes(int count)
{
  return floats_body({static_cast<float>(count), 0, 0, 0}, {1, 4});
}

} // namespace

TEST_SUITE("proxy memory")
{
  TEST_CASE("a request that takes more memory than there is ends two workers, is told why, and nobody else suffers")
  {
    auto const cgroup = memory_cgroup(std::size_t{700} << 20);
    if (!cgroup.usable()) {
      MESSAGE("no memory cgroup can be made here: not tested");
      return;
    }
    auto models = repository();
    models.add_odd("hoards");
    auto const proxy = proxy_process(models);
    REQUIRE(cgroup.take(proxy.pid()));
    REQUIRE(proxy.infer("hoards", mebibytes(1)).status == 200);
    auto const first = proxy.instances("hoards").at(0);
    auto greedy = client(proxy.port(), 60s);
    greedy.post("/v2/models/hoards/infer", mebibytes(2'000));
    auto const beside = proxy.send("hoards", mebibytes(1), 8);
    auto const refused = greedy.read();
    CHECK(refused.status == 500);
    CHECK(refused.error().find("ran out of memory") != std::string::npos);
    CHECK_FALSE(alive(first));
    for (auto const& each : beside)
      CHECK(each->read().status == 200);
    CHECK(proxy.infer("hoards", mebibytes(1)).status == 200);
  }
}

#endif
