#include "proxy/collect/oom_kills.hpp"

#include <doctest/doctest.h>

using namespace pilotlight::collect;

TEST_SUITE("OOM kills")
{
  TEST_CASE("which file counts them: v1's memory controller where it is mounted, else the unified hierarchy")
  {
    CHECK(oom_file("0::/system.slice/pilotlight.service\n") ==
          "/sys/fs/cgroup/system.slice/pilotlight.service/memory.events");
    CHECK(oom_file("0::/\n") == "/sys/fs/cgroup/memory.events");
    CHECK(oom_file("9:name=systemd:/\n4:memory:/a/b\n0::/\n") == "/sys/fs/cgroup/memory/a/b/memory.oom_control");
    CHECK(oom_file("0::/\n4:hugetlb,memory:/\n") == "/sys/fs/cgroup/memory/memory.oom_control");
    CHECK_FALSE(oom_file("4:cpu,memoryless:/a\n"));
    CHECK_FALSE(oom_file(""));
    CHECK_FALSE(oom_file("nonsense\n:\n"));
  }

  TEST_CASE("the count, in both forms of the file")
  {
    CHECK(parse_oom_kills("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n") == 2);
    CHECK(parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n") == 7);
    CHECK(parse_oom_kills("oom 3\n") == 0);
    CHECK(parse_oom_kills("") == 0);
    CHECK(parse_oom_kills("oom_kill many\n") == 0);
  }
}
