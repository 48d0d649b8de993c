// shared/cpu_quota: what the kernel's files say, as threads.
#include "shared/cgroup.hpp"
#include "shared/cpu_quota.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;

TEST_SUITE("worker cpu quota")
{
  TEST_CASE("cpu.max: a quota is a number of CPUs, max and nonsense are none")
  {
    CHECK(parse_cpu_max("150000 100000\n") == 1.5);
    CHECK(parse_cpu_max("50000 100000") == 0.5);
    CHECK_FALSE(parse_cpu_max("max 100000\n").has_value());
    CHECK_FALSE(parse_cpu_max("100000 0").has_value());
    CHECK_FALSE(parse_cpu_max("100000").has_value());
    CHECK_FALSE(parse_cpu_max("").has_value());
  }

  TEST_CASE("cgroup v1: a quota of -1 is none")
  {
    CHECK(parse_cfs_quota("200000\n", "100000\n") == 2.0);
    CHECK_FALSE(parse_cfs_quota("-1\n", "100000\n").has_value());
    CHECK_FALSE(parse_cfs_quota("", "").has_value());
  }

  TEST_CASE("/proc/self/cgroup: the groups from the own one to the root, of v2, then of the controller's v1")
  {
    using list = std::vector<std::string>;
    CHECK(cgroup_folders("0::/a/b\n", "cpu", "/g") == list{"/g/a/b", "/g/a", "/g"});
    CHECK(cgroup_folders("3:cpu,cpuacct:/x\n0::/\n", "cpu", "/g") == list{"/g", "/g/cpu/x", "/g/cpu"});
    CHECK(cgroup_folders("3:cpu,cpuacct:/x\n0::/\n", "memory", "/g") == list{"/g"});
    CHECK(cgroup_folders("", "cpu", "/g") == list{"/g"});
  }

  TEST_CASE("threads: the quota rounded down, at most the affinity, at least one")
  {
    CHECK(threads_for(1.5, 64) == 1);
    CHECK(threads_for(4.0, 64) == 4);
    CHECK(threads_for(8.0, 2) == 2);
    CHECK(threads_for(0.2, 64) == 1);
    CHECK(threads_for(std::nullopt, 3) == 3);
    CHECK(threads_for(std::nullopt, 0) == 1);
    CHECK(usable_cpus() >= 1);
  }
}
