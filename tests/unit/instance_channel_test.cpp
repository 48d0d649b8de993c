// The proxy's side of a segment against a worker's side played here, in one process: rings, blocks, doorbells,
// nonsense.
#include "proxy/channel/instance_channel.hpp"

#include <doctest/doctest.h>
#include <unistd.h>
#include <vector>

using namespace pilotlight;
using channel::instance_channel;

namespace {

/// What a worker does, by hand.
struct played_worker
{
  explicit played_worker(instance_channel const& proxy)
      : memory(segment::map(unique_fd(::dup(proxy.segment_fd()))).value()),
        submissions(memory.header().submissions, memory.submissions()),
        completions(memory.header().completions, memory.completions()),
        releases(memory.header().releases, memory.releases()), probes(memory.header().probes, memory.probes()),
        probe_answers(memory.header().probe_answers, memory.probe_answers())
  {
  }
  segment memory;
  ring_consumer<submission> submissions;
  ring_producer<completion> completions;
  ring_consumer<release> releases;
  ring_consumer<submission> probes;
  ring_producer<completion> probe_answers;
};

completion done_with(std::uint64_t request, std::uint64_t offset, std::uint64_t length, std::uint32_t table)
{
  auto done = completion();
  done.request = request;
  done.block_offset = offset;
  done.block_length = length;
  done.table_length = table;
  return done;
}

bool rung(int fd)
{
  auto count = std::uint64_t{0};
  return ::read(fd, &count, sizeof count) == sizeof count;
}

} // namespace

TEST_CASE("instance channel: a submission arrives, its completion comes back, its block is given back")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  CHECK(proxy->submit({7, 64, 100}));
  auto seen = submission();
  REQUIRE(worker.submissions.pop(seen));
  CHECK(seen.request == 7);
  CHECK(seen.table_offset == 64);
  REQUIRE(worker.completions.push(done_with(7, 1024, 512, 100)));
  auto const done = proxy->take();
  REQUIRE(done);
  CHECK(done->request == 7);
  {
    auto const block = proxy->block_of(*done);
    CHECK(block.memory().size() == 512);
    CHECK(block.memory().data() == block.arena().data() + 1024);
    auto early = release();
    CHECK_FALSE(worker.releases.pop(early));
  }
  auto given_back = release();
  REQUIRE(worker.releases.pop(given_back));
  CHECK(given_back.block_offset == 1024);
  CHECK_FALSE(proxy->take());
}

TEST_CASE("instance channel: the bell rings only for a worker that sleeps, once")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  CHECK(proxy->submit({1, 0, 0}));
  proxy->ring();
  CHECK_FALSE(rung(proxy->worker_bell_fd()));
  announce_sleep(worker.memory.header().worker_sleeps);
  CHECK(proxy->submit({2, 0, 0}));
  CHECK(proxy->submit({3, 0, 0}));
  proxy->ring();
  proxy->ring();
  CHECK(rung(proxy->worker_bell_fd()));
  CHECK_FALSE(rung(proxy->worker_bell_fd()));
}

TEST_CASE(
    "instance channel: a worker that sleeps for want of requests is not woken by a release, one that lacks room is")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  auto const take_and_release = [&] {
    REQUIRE(worker.completions.push(done_with(1, 0, 1024, 8)));
    (void)proxy->block_of(proxy->take().value());
  };
  announce_sleep(worker.memory.header().worker_sleeps);
  take_and_release();
  CHECK_FALSE(rung(proxy->worker_bell_fd()));
  announce_sleep(worker.memory.header().worker_lacks_room);
  take_and_release();
  CHECK(rung(proxy->worker_bell_fd()));
}

TEST_CASE("instance channel: blocks outside the arena and tables longer than their block break it")
{
  auto const size = std::uint64_t{1} << 20;
  struct
  {
    char const* title;
    completion done;
  } const cases[] = {
      {"offset behind the end", done_with(1, size, 1, 1)},
      {"length over the end", done_with(1, size - 10, 11, 1)},
      {"overflowing length", done_with(1, 1024, ~std::uint64_t{0}, 1)},
      {"table longer than the block", done_with(1, 0, 10, 11)},
  };
  for (auto const& one : cases) {
    CAPTURE(one.title);
    auto proxy = instance_channel::make(size).value();
    auto worker = played_worker(*proxy);
    REQUIRE(worker.completions.push(one.done));
    CHECK_FALSE(proxy->take());
    CHECK(proxy->broken());
  }
}

TEST_CASE("instance channel: an impossible ring index breaks it and is never followed")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  worker.memory.header().completions.tail.store(ring_entries + 1);
  CHECK_FALSE(proxy->take());
  CHECK(proxy->broken());
}

TEST_CASE("instance channel: it does not sleep over a completion")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  CHECK(proxy->prepare_sleep());
  CHECK(worker.memory.header().proxy_sleeps.load() == 1);
  proxy->woken();
  REQUIRE(worker.completions.push(done_with(1, 0, 0, 0)));
  CHECK_FALSE(proxy->prepare_sleep());
  CHECK(worker.memory.header().proxy_sleeps.load() == 0);
}

TEST_CASE("instance channel: a reply outlives its channel's owner")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  worker.memory.arena()[1024] = std::byte{42};
  REQUIRE(worker.completions.push(done_with(1, 1024, 1, 1)));
  auto const block = proxy->block_of(proxy->take().value());
  proxy.reset(); // the instance has died
  CHECK(block.memory()[0] == std::byte{42});
}

TEST_CASE("instance channel: more than half of the arena out is scarce")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  REQUIRE(worker.completions.push(done_with(1, 0, 1 << 19, 0)));
  auto const first = proxy->block_of(proxy->take().value());
  CHECK_FALSE(first.scarce());
  REQUIRE(worker.completions.push(done_with(1, 1 << 19, 1024, 0)));
  auto const second = proxy->block_of(proxy->take().value());
  CHECK(second.scarce());
}

TEST_CASE("instance channel: an adjustment wakes the worker, is waited for by nobody, and may find the lane full")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  announce_sleep(worker.memory.header().worker_sleeps);
  CHECK(proxy->adjust(3, true));
  CHECK(rung(proxy->worker_bell_fd()));
  CHECK(proxy->probes_out() == 0);
  auto seen = submission();
  REQUIRE(worker.probes.pop(seen));
  CHECK(seen.request != 0);
  CHECK(seen.table_length == 3);
  CHECK(seen.flags == (set_threads | refresh));
  CHECK(proxy->adjust(0, false));
  CHECK(!worker.probes.pop(seen));
  for (auto i = std::uint32_t{0}; i < probe_entries; ++i)
    CHECK(proxy->adjust(1, false));
  CHECK(!proxy->adjust(2, false));
  CHECK(!proxy->probe({9, 0, 0, heartbeat}));
  CHECK(proxy->probes_out() == 0);
}

TEST_CASE("instance channel: the progress word is copied with all that execute together")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_worker(*proxy);
  auto& word = worker.memory.header().progress;
  CHECK_FALSE(proxy->progress().busy());
  CHECK(proxy->progress().batch.empty());
  for (auto i = std::uint64_t{0}; i < 3; ++i)
    word.batch[i] = 7 + i;
  word.members = 3;
  word.since_ns = 11;
  word.request = 7;
  auto const seen = proxy->progress();
  CHECK(seen.busy());
  CHECK(seen.since_ns == 11);
  CHECK(std::vector(seen.batch.begin(), seen.batch.end()) == std::vector<std::uint64_t>{7, 8, 9});
  word.members = 4'000'000'000u; // nonsense is cut, never followed
  CHECK(proxy->progress().batch.size() == max_batch_members);
  word.request = 0;
  word.probe = 5;
  CHECK(proxy->progress().busy());
  CHECK(proxy->progress().batch.empty());
}
