#include "proxy/collect/node_usage.hpp"
#include "proxy/collect/proc_text.hpp"
#include "proxy/collect/process_usage.hpp"
#include "proxy/collect/usage_sampler.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace pilotlight::collect;
using namespace std::chrono_literals;
using doctest::Approx;

namespace {

std::string stat_line(std::string const& name)
{
  return "4711 (" + name +
         ") S 1 4711 4711 0 -1 4194560 1234 0 5 0 250 50 7 7 20 0 9 0 1442419 313344000 4162 18446744073709551615 1 1 "
         "0 "
         "0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

constexpr auto meminfo = "MemTotal:       8192 kB\nMemFree:        1024 kB\nMemAvailable:   4096 kB\n";
constexpr std::uint64_t kib = 1024;

std::chrono::steady_clock::time_point at(std::chrono::nanoseconds since)
{
  return std::chrono::steady_clock::time_point(1h) + since;
}

} // namespace

TEST_CASE("process usage: times, threads and start of /proc/PID/stat, whatever the process calls itself")
{
  for (auto const* name : {"cat", "a b", "x) S 9 9 9 (", "", "))"}) {
    CAPTURE(name);
    auto const got = parse_process_stat(stat_line(name), 100);
    REQUIRE(got);
    CHECK(got->cpu == 3s);
    CHECK(got->threads == 9);
    CHECK(got->started == 1442419);
  }
}

TEST_CASE("process usage: a malformed text is nothing")
{
  auto const whole = stat_line("cat");
  for (auto const* text :
       {"", "4711", "4711 (cat", "4711 (cat) S 1 2", "4711 (cat) S a b c d e f g h i j k l m n o p q r s t"})
    CHECK_FALSE(parse_process_stat(text, 100));
  CHECK_FALSE(parse_process_stat(whole, 0));
  for (std::size_t cut = 0; cut < 70; ++cut)
    CHECK_FALSE(parse_process_stat(whole.substr(0, cut), 100));
}

TEST_CASE("process usage: the proportional share of smaps_rollup")
{
  auto const text = "55ad39322000-7fff2afb0000 ---p 00000000 00:00 0                          [rollup]\n"
                    "Rss:                1756 kB\nPss:                 203 kB\nPss_Dirty:           116 kB\n";
  CHECK(parse_pss(text) == 203 * kib);
  CHECK_FALSE(parse_pss("Rss: 5 kB\nPss_Dirty: 4 kB\n"));
  CHECK_FALSE(parse_pss("Pss: many kB\n"));
}

TEST_CASE("process usage: cores between two samples, of the same process only")
{
  auto const before = process_times{7, 1s, 1}, after = process_times{7, 2500ms, 1}, other = process_times{8, 9s, 1};
  CHECK(cores_between(before, after, 1s) == Approx(1.5));
  CHECK(cores_between(before, other, 1s) == 0);
  CHECK(cores_between(before, after, 0s) == 0);
  CHECK(cores_between(after, before, 1s) == 0);
}

TEST_CASE("process usage: of this process, and of one that there is not")
{
  auto const own = read_process_times(::getpid());
  REQUIRE(own);
  CHECK(own->threads >= 1);
  CHECK(own->started > 0);
  CHECK(read_pss(::getpid()) > 100 * kib);
  for (pid_t const gone : {-1, 0, 2'000'000'000}) {
    CHECK_FALSE(read_process_times(gone));
    CHECK(read_pss(gone) == 0);
  }
}

TEST_CASE("node usage: texts of the kernel")
{
  CHECK(parse_busy_time("cpu  100 10 50 9999 5 0 30 10 3 0\ncpu0 1 1 1\n", 100) == 2s);
  CHECK_FALSE(parse_busy_time("cpu0 100 10 50 9999 5 0 30 10\n", 100));
  CHECK_FALSE(parse_busy_time("cpu 1 2 3\n", 100));
  CHECK(parse_pressure("some avg10=1.25 avg60=0.93 avg300=3.70 total=36\nfull avg10=0.00\n") == 1.25);
  CHECK_FALSE(parse_pressure("full avg10=1.25\n"));
  CHECK_FALSE(parse_pressure(""));
  CHECK(parse_memory_limit("1048576\n") == 1048576);
  CHECK_FALSE(parse_memory_limit("max\n"));
  CHECK_FALSE(parse_memory_limit("9223372036854771712\n"));
}

TEST_CASE("node usage: without limits it is the node's")
{
  auto const folder = temporary_folder();
  folder.write("proc/self/cgroup", "0::/\n");
  folder.write("proc/meminfo", meminfo);
  folder.write("proc/stat", "cpu  100 0 0 900 0 0 0 0 0 0\n");
  folder.write("proc/pressure/cpu", "some avg10=12.50 avg60=0 avg300=0 total=1\n");
  auto meter = node_meter((folder.path() / "proc").string(), (folder.path() / "cgroup").string(), 4);
  auto const first = meter.sample(at(0s));
  CHECK(first.cores == 4);
  CHECK(first.cores_used == 0);
  CHECK_FALSE(first.cpu_limited);
  CHECK(first.cpu_pressure == 12.5);
  CHECK(first.memory_pressure == 0);
  CHECK(first.memory == 8192 * kib);
  CHECK(first.memory_available == 4096 * kib);
  folder.write("proc/stat", "cpu  400 0 0 900 0 0 0 0 0 0\n");
  auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  CHECK(meter.sample(at(2s)).cores_used == Approx(300 / ticks / 2));
  CHECK(facts_of(first, 7).zygote_bytes == 7);
  CHECK(facts_of(first, 7).memory_available == 4096 * kib);
}

TEST_CASE("node usage: the tightest cgroup above us counts, version 2")
{
  auto const folder = temporary_folder();
  folder.write("proc/self/cgroup", "0::/pod/one\n");
  folder.write("proc/meminfo", meminfo);
  folder.write("proc/stat", "cpu  100 0 0 900 0 0 0 0 0 0\n");
  folder.write("cgroup/pod/one/memory.max", "max\n");
  folder.write("cgroup/pod/one/cpu.max", "300000 100000\n");
  folder.write("cgroup/pod/memory.max", "4194304\n");
  folder.write("cgroup/pod/memory.current", "3145728\n");
  folder.write("cgroup/pod/memory.stat", "anon 2097152\ninactive_file 1048576\n");
  folder.write("cgroup/pod/memory.pressure", "some avg10=3.00 avg60=0 avg300=0 total=1\n");
  folder.write("cgroup/pod/cpu.max", "150000 100000\n");
  folder.write("cgroup/pod/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
  auto meter = node_meter((folder.path() / "proc").string(), (folder.path() / "cgroup").string(), 4);
  auto const first = meter.sample(at(0s));
  CHECK(first.cores == 1.5);
  CHECK(first.cpu_limited);
  CHECK(first.memory_limited);
  CHECK(first.memory == 4096 * kib);
  CHECK(first.memory_available == 2048 * kib);
  CHECK(first.memory_pressure == 3);
  folder.write("cgroup/pod/cpu.stat", "usage_usec 2200000\nuser_usec 1\n");
  CHECK(meter.sample(at(1s)).cores_used == Approx(1.2));
}

TEST_CASE("node usage: version 1 of cgroups, seen from inside a container")
{
  auto const folder = temporary_folder();
  folder.write("proc/self/cgroup", "4:memory:/docker/abc\n2:cpu:/docker/abc\n0::/\n"); // paths of the host
  folder.write("proc/meminfo", meminfo);
  folder.write("proc/stat", "cpu  100 0 0 900 0 0 0 0 0 0\n");
  folder.write("cgroup/memory/memory.limit_in_bytes", "2097152\n");
  folder.write("cgroup/memory/memory.usage_in_bytes", "1048576\n");
  folder.write("cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 524288\n");
  folder.write("cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  folder.write("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  auto meter = node_meter((folder.path() / "proc").string(), (folder.path() / "cgroup").string(), 4);
  auto const got = meter.sample(at(0s));
  CHECK(got.cores == 0.5);
  CHECK(got.memory == 2048 * kib);
  CHECK(got.memory_available == 2048 * kib - (1024 - 512) * kib);
}

TEST_CASE("node usage: a limit above what the node has is none")
{
  auto const folder = temporary_folder();
  folder.write("proc/self/cgroup", "0::/\n");
  folder.write("proc/meminfo", meminfo);
  folder.write("cgroup/memory.max", "99999999999\n");
  folder.write("cgroup/cpu.max", "900000 100000\n");
  auto meter = node_meter((folder.path() / "proc").string(), (folder.path() / "cgroup").string(), 4);
  auto const got = meter.sample(at(0s));
  CHECK_FALSE(got.memory_limited);
  CHECK_FALSE(got.cpu_limited);
  CHECK(got.cores == 4);
}

TEST_CASE("node usage: nothing readable is zeros, and never a crash")
{
  auto const folder = temporary_folder();
  auto meter = node_meter((folder.path() / "none").string(), (folder.path() / "none").string(), 2);
  (void)meter.sample(at(0s));
  auto const got = meter.sample(at(1s));
  CHECK(got.cores == 2);
  CHECK(got.memory == 0);
  CHECK(got.cores_used == 0);
}

TEST_CASE("node usage: without a driver there are no GPUs")
{
  auto meter = gpu_meter("libpilotlight-no-such-driver.so");
  CHECK(meter.sample().empty());
  CHECK(meter.sample().empty());
  auto other = gpu_meter("libc.so.6"); // a library, but not that one
  CHECK(other.sample().empty());
}

TEST_CASE("usage sampler: figures come in the background and are kept for a second")
{
  auto io = boost::asio::io_context();
  auto const busy = boost::asio::make_work_guard(io); // or it would stop while the background works
  auto background = boost::asio::thread_pool(1);
  auto sampler = usage_sampler(io, background);
  auto done = 0;
  CHECK(sampler.of(::getpid()).pss == 0);
  sampler.refresh({::getpid(), 0, -1, 2'000'000'000}, [&] { ++done; });
  CHECK(done == 0);
  while (done == 0)
    io.run_one();
  auto const own = sampler.of(::getpid());
  CHECK(own.pss > 100 * kib);
  CHECK(own.threads >= 2);
  CHECK(sampler.of(2'000'000'000).pss == 0);
  CHECK(sampler.node().memory > 0);
  sampler.refresh({::getpid()}, [&] { ++done; });
  CHECK(done == 2); // at once
  // One not seen before is read at once, and the others keep their figures.
  sampler.refresh({::getpid(), ::getppid()}, [&] { ++done; });
  CHECK(done == 2);
  sampler.refresh({::getpid(), ::getppid()}, [&] { ++done; }); // meanwhile: the next one's
  while (done < 4)
    io.run_one();
  CHECK(sampler.of(::getppid()).threads >= 1);
  CHECK(sampler.of(::getpid()).pss == own.pss);
  background.join();
}
