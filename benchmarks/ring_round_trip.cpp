// How long does one descriptor take to the other process and back? A forked child answers each submission at once, over
// the rings and doorbells that serve requests. Prints one JSON line per way of waiting: `spinning` (neither side ever
// sleeps) and `sleeping` (both sleep on their doorbell each time).
// usage: ring_round_trip [ROUNDS]     (default 100000; sleeping does a fifth of it)
#include "shared/doorbell.hpp"
#include "shared/segment.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace pilotlight;

/// The same memory and bells for both processes; the child has them by inheritance.
struct both_sides
{
  segment memory;
  doorbell worker;
  doorbell proxy;
};

std::uint64_t now_ns()
{
  auto now = timespec{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Takes the next entry, spinning or sleeping until there is one.
template <class Entry>
Entry next(ring_consumer<Entry>& ring, sleep_flag& flag, doorbell const& own, bool sleep)
{
  auto entry = Entry();
  while (!ring.pop(entry)) {
    if (!sleep) {
      __builtin_ia32_pause();
      continue;
    }
    announce_sleep(flag);
    if (ring.empty()) own.wait(-1);
    awake(flag);
  }
  return entry;
}

/// The child: completes whatever comes, until request 0.
[[noreturn]] void answer(both_sides const& with, bool sleep)
{
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto& header = with.memory.header();
  auto submissions = ring_consumer<submission>(header.submissions, with.memory.submissions());
  auto completions = ring_producer<completion>(header.completions, with.memory.completions());
  for (;;) {
    auto const request = next(submissions, header.worker_sleeps, with.worker, sleep);
    if (request.request == 0) ::_exit(0);
    auto done = completion();
    done.request = request.request;
    completions.push(done);
    if (sleep && must_ring(header.proxy_sleeps)) with.proxy.ring();
  }
}

/// Nanoseconds of each round trip, after a tenth of as many to warm up.
std::vector<std::uint64_t> measure(both_sides const& with, std::size_t rounds, bool sleep)
{
  auto& header = with.memory.header();
  auto submissions = ring_producer<submission>(header.submissions, with.memory.submissions());
  auto completions = ring_consumer<completion>(header.completions, with.memory.completions());
  auto const submit = [&](std::uint64_t request) {
    auto asked = submission();
    asked.request = request;
    submissions.push(asked);
    if (sleep && must_ring(header.worker_sleeps)) with.worker.ring();
  };
  auto taken = std::vector<std::uint64_t>();
  taken.reserve(rounds);
  for (std::size_t round = 0; round < rounds + rounds / 10; ++round) {
    auto const start = now_ns();
    submit(round + 1);
    next(completions, header.proxy_sleeps, with.proxy, sleep);
    if (round >= rounds / 10) taken.push_back(now_ns() - start);
  }
  submit(0);
  return taken;
}

bool run(std::string_view mode, std::size_t rounds, bool sleep)
{
  auto memory = segment::make(1 << 20);
  auto worker = doorbell::make();
  auto proxy = doorbell::make();
  if (!memory || !worker || !proxy) return false;
  auto const with = both_sides{std::move(*memory), std::move(*worker), std::move(*proxy)};
  auto const child = ::fork();
  if (child < 0) return false;
  if (child == 0) answer(with, sleep);
  auto taken = measure(with, rounds, sleep);
  auto status = 0;
  ::waitpid(child, &status, 0);
  std::sort(taken.begin(), taken.end());
  std::printf("{\"mode\":\"%.*s\",\"rounds\":%zu,\"p50_ns\":%llu,\"p99_ns\":%llu}\n", static_cast<int>(mode.size()),
              mode.data(), taken.size(), static_cast<unsigned long long>(taken[taken.size() / 2]),
              static_cast<unsigned long long>(taken[taken.size() * 99 / 100]));
  std::fflush(stdout);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

int main(int count, char** words)
{
  auto const rounds = count > 1 ? std::strtoul(words[1], nullptr, 10) : 100'000ul;
  if (rounds < 100) {
    std::fputs("usage: ring_round_trip [ROUNDS], at least 100\n", stderr);
    return 2;
  }
  auto const spun = run("spinning", rounds, false);
  auto const slept = run("sleeping", rounds / 5 + 1, true);
  if (spun && slept) return 0;
  std::fputs("ring_round_trip: could not make the memory, or the child failed\n", stderr);
  return 1;
}
