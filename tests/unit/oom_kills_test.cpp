#include "proxy/collect/oom_kills.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::collect;
using pilotlight::temporary_folder;

TEST_SUITE("OOM kills")
{
  TEST_CASE("counted where the innermost group says so: v2, v1, and a container that is told the host's path")
  {
    struct row
    {
      char const *what, *groups, *file, *text;
      std::uint64_t kills;
    };
    for (auto const& [what, groups, file, text, kills] : {
             row{"v2", "0::/a/b\n", "a/b/memory.events", "oom 3\noom_kill 2\n", 2},
             row{"v2, the root of a container", "0::/\n", "memory.events", "oom_kill 4\n", 4},
             row{"v2, told the host's path", "0::/docker/5f\n", "memory.events", "oom_kill 4\n", 4},
             row{"v1", "9:name=systemd:/\n4:memory:/a/b\n0::/\n", "memory/a/b/memory.oom_control", "oom_kill 7\n", 7},
             row{"v1, two controllers", "4:hugetlb,memory:/\n", "memory/memory.oom_control", "oom_kill 7\n", 7},
             row{"v1, told the host's path", "4:memory:/docker/5f\n", "memory/memory.oom_control", "oom_kill 7\n", 7},
             row{"another controller", "4:cpu,memoryless:/a\n", "memoryless/a/memory.oom_control", "oom_kill 7\n", 0},
             row{"nothing counts", "0::/\n", "memory.current", "5\n", 0},
             row{"nonsense", "nonsense\n:\n", "nonsense", "oom_kill 7\n", 0},
         }) {
      CAPTURE(what);
      auto const folder = temporary_folder();
      folder.write("proc/self/cgroup", groups);
      folder.write(std::string("cgroups/") + file, text);
      CHECK(oom_kills((folder.path() / "proc").string(), (folder.path() / "cgroups").string()) == kills);
    }
  }

  TEST_CASE("the count, in both forms of the file")
  {
    CHECK(parse_oom_kills("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n") == 2);
    CHECK(parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n") == 7);
    CHECK_FALSE(parse_oom_kills("oom 3\n"));
    CHECK_FALSE(parse_oom_kills(""));
    CHECK_FALSE(parse_oom_kills("oom_kill many\n"));
  }
}
