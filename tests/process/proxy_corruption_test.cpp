// Workers that go mad: they scribble on their channel, as no correct one would.
#include "shared/segment.hpp"
#include "tests/process/proxy_process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>

using namespace proxy_tests;

namespace {

/// The instance's own segment, mapped through its descriptor in /proc, as a mad worker would scribble on it.
pilotlight::segment segment_of(pid_t pid)
{
  for (auto const& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    auto error = std::error_code();
    auto const target = std::filesystem::read_symlink(entry.path(), error).string();
    if (target.find("pilotlight-segment") == std::string::npos) continue;
    auto fd = pilotlight::unique_fd(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    auto mapped = pilotlight::segment::map(std::move(fd));
    REQUIRE(mapped.has_value());
    return std::move(*mapped);
  }
  FAIL("no segment in " << pid);
  std::abort();
}

} // namespace

TEST_SUITE("proxy corruption tsan")
{
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
        {"a table that is none",
         [](pilotlight::segment& memory) {
           auto& tail = memory.header().completions.tail;
           auto nonsense = pilotlight::completion();
           nonsense.request = memory.header().progress.request.load();
           nonsense.block_length = 64;
           nonsense.table_length = 64;
           memory.completions()[tail.load() % pilotlight::ring_entries] = nonsense;
           tail.fetch_add(1);
         }},
        {"a status that there is not",
         [](pilotlight::segment& memory) {
           auto& tail = memory.header().completions.tail;
           auto nonsense = pilotlight::completion();
           nonsense.request = memory.header().progress.request.load();
           nonsense.status = static_cast<pilotlight::fault>(200);
           memory.completions()[tail.load() % pilotlight::ring_entries] = nonsense;
           tail.fetch_add(1);
         }},
    };
    for (auto const& one : cases) {
      CAPTURE(one.title);
      REQUIRE(proxy.infer("slow", slow_body(1)).status == 200);
      auto const clients = proxy.send("slow", slow_body(4'000), 2);
      auto const pid = proxy.running_instance("slow");
      auto memory = segment_of(pid);
      one.scribble(memory);
      for (auto const& each : clients)
        CHECK(each->read().status == 200);
      CHECK(eventually([&] { return !alive(pid); }));
    }
  }
}
