// The proxy's side of the probe lane against a worker's side played here, in one process.
#include "proxy/channel/instance_channel.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <unistd.h>

using namespace pilotlight;
using channel::instance_channel;

namespace {

struct played_lane
{
  explicit played_lane(instance_channel const& proxy)
      : memory(segment::map(unique_fd(::dup(proxy.segment_fd()))).value()),
        probes(memory.header().probes, memory.probes()), answers(memory.header().probe_answers, memory.probe_answers())
  {
  }
  segment memory;
  ring_consumer<submission> probes;
  ring_producer<completion> answers;
};

bool rung(int fd)
{
  auto count = std::uint64_t{0};
  return ::read(fd, &count, sizeof count) == sizeof count;
}

completion answer_to(std::uint64_t probe)
{
  auto done = completion();
  done.request = probe;
  return done;
}

/// A reply of one tensor "y" of two floats, at `offset` of the arena.
completion answer_with_table(played_lane& worker, std::uint64_t probe, std::uint64_t offset)
{
  auto table = tensor_table();
  auto& entry = table.tensors.emplace_back();
  entry.name = "y";
  entry.type = datatype::fp32;
  entry.shape = {2};
  entry.offset = offset + 512;
  entry.length = 8;
  auto done = answer_to(probe);
  done.block_offset = offset;
  done.block_length = 1024;
  done.table_length = static_cast<std::uint32_t>(table_size(table));
  write_table(table, worker.memory.arena().subspan(offset, done.table_length));
  return done;
}

} // namespace

TEST_CASE("probe lane: a heartbeat arrives on its own ring and comes back with its count")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  REQUIRE(proxy->probe({5, 0, 0, heartbeat}));
  CHECK(proxy->probes_out() == 1);
  auto seen = submission();
  REQUIRE(worker.probes.pop(seen));
  CHECK(seen.request == 5);
  CHECK(seen.flags == heartbeat);
  CHECK_FALSE(proxy->take_probe());
  auto done = answer_to(5);
  done.beats = 9;
  REQUIRE(worker.answers.push(done));
  auto const answer = proxy->take_probe();
  REQUIRE(answer);
  CHECK(answer->done.request == 5);
  CHECK(answer->done.beats == 9);
  CHECK_FALSE(answer->canary.block);
  CHECK(proxy->probes_out() == 0);
  CHECK_FALSE(proxy->broken());
}

TEST_CASE("probe lane: a canary's outputs are copied and checked, its block is given back")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  REQUIRE(proxy->probe({6, 64, 100, canary}));
  REQUIRE(worker.answers.push(answer_with_table(worker, 6, 2048)));
  {
    auto const answer = proxy->take_probe();
    REQUIRE(answer);
    REQUIRE(answer->canary.outputs.tensors.size() == 1);
    CHECK(answer->canary.outputs.tensors[0].name == "y");
    CHECK(answer->canary.outputs.tensors[0].offset == 2560);
  }
  auto releases = ring_consumer<release>(worker.memory.header().releases, worker.memory.releases());
  auto back = release();
  REQUIRE(releases.pop(back));
  CHECK(back.block_offset == 2048);
}

TEST_CASE("probe lane: a canary's failure is a kind and a sentence, cleaned")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  REQUIRE(proxy->probe({6, 64, 100, canary}));
  auto done = answer_to(6);
  done.status = fault::bad_request;
  done.block_length = 1024;
  done.table_length = 4;
  std::memcpy(worker.memory.arena().data(), "a\nb!", 4);
  REQUIRE(worker.answers.push(done));
  auto const answer = proxy->take_probe();
  REQUIRE(answer);
  CHECK(answer->done.status == fault::bad_request);
  CHECK(answer->sentence == "a b!");
}

TEST_CASE("probe lane: nonsense breaks the channel")
{
  auto const broken_by = [](auto make) {
    auto proxy = instance_channel::make(1 << 20).value();
    auto worker = played_lane(*proxy);
    REQUIRE(proxy->probe({1, 0, 0, heartbeat}));
    REQUIRE(proxy->probe({2, 0, 100, canary}));
    make(worker);
    auto const answer = proxy->take_probe();
    CHECK_FALSE(answer);
    CHECK_FALSE(proxy->take_probe());
    return proxy->broken();
  };
  CHECK(broken_by([](auto& worker) { worker.answers.push(answer_to(3)); })); // not asked
  CHECK(broken_by([](auto& worker) { worker.answers.push(answer_to(2)); })); // a canary without outputs
  CHECK(broken_by([](auto& worker) {
    auto done = answer_to(1);
    done.status = static_cast<fault>(99);
    worker.answers.push(done);
  }));
  CHECK(broken_by([](auto& worker) {
    auto done = answer_with_table(worker, 2, 1024);
    done.block_offset = 1 << 20;
    worker.answers.push(done);
  }));
  CHECK(broken_by([](auto& worker) {
    auto const done = answer_with_table(worker, 2, 1024);
    worker.memory.arena()[1024] = std::byte{0}; // the magic number
    worker.answers.push(done);
  }));
  CHECK(broken_by([](auto& worker) { worker.memory.header().probe_answers.tail.store(probe_entries + 1); }));
}

TEST_CASE("probe lane: an answer is believed once")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  REQUIRE(proxy->probe({1, 0, 0, heartbeat}));
  REQUIRE(worker.answers.push(answer_to(1)));
  REQUIRE(worker.answers.push(answer_to(1)));
  CHECK(proxy->take_probe());
  CHECK_FALSE(proxy->take_probe());
  CHECK(proxy->broken());
}

TEST_CASE("probe lane: no more probes are out than the lane has entries")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  for (auto id = std::uint64_t{1}; id <= probe_entries; ++id)
    REQUIRE(proxy->probe({id, 0, 0, heartbeat}));
  CHECK_FALSE(proxy->probe({100, 0, 0, heartbeat}));
  auto seen = submission();
  REQUIRE(worker.probes.pop(seen)); // taken is not answered
  CHECK_FALSE(proxy->probe({100, 0, 0, heartbeat}));
  REQUIRE(worker.answers.push(answer_to(1)));
  REQUIRE(proxy->take_probe());
  CHECK(proxy->probe({100, 0, 0, heartbeat}));
}

TEST_CASE("probe lane: wakes a worker that sleeps for want of requests or of room, and does not keep the proxy awake")
{
  auto proxy = instance_channel::make(1 << 20).value();
  auto worker = played_lane(*proxy);
  REQUIRE(proxy->probe({1, 0, 0, heartbeat}));
  CHECK_FALSE(rung(proxy->worker_bell_fd()));
  announce_sleep(worker.memory.header().worker_sleeps);
  REQUIRE(proxy->probe({2, 0, 0, heartbeat}));
  CHECK(rung(proxy->worker_bell_fd()));
  announce_sleep(worker.memory.header().worker_lacks_room);
  REQUIRE(proxy->probe({3, 0, 0, heartbeat}));
  CHECK(rung(proxy->worker_bell_fd()));
  CHECK(proxy->prepare_sleep());
  proxy->woken();
  REQUIRE(worker.answers.push(answer_to(1)));
  CHECK(proxy->prepare_sleep()); // it is taken at the next look, not by a thread that does not sleep until then
}
