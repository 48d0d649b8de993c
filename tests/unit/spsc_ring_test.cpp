#include "shared/spsc_ring.hpp"

#include <array>
#include <doctest/doctest.h>
#include <thread>

namespace pilotlight {
namespace {

template <std::size_t size>
struct ring
{
  ring_indices indices;
  std::array<std::uint64_t, size> memory = {};
  std::span<std::uint64_t> entries() { return memory; }
};

} // namespace

TEST_CASE("ring: first in, first out, full at its size")
{
  auto it = ring<4>();
  auto producer = ring_producer<std::uint64_t>(it.indices, it.entries());
  auto consumer = ring_consumer<std::uint64_t>(it.indices, it.entries());
  auto entry = std::uint64_t{0};
  CHECK(consumer.empty());
  CHECK_FALSE(consumer.pop(entry));
  CHECK(producer.room() == 4);
  for (auto value = 1u; value <= 4; ++value)
    CHECK(producer.push(value));
  CHECK(producer.room() == 0);
  CHECK_FALSE(producer.push(5));
  REQUIRE(consumer.pop(entry));
  CHECK(entry == 1);
  CHECK(producer.push(5));
  for (auto value = 2u; value <= 5; ++value) {
    REQUIRE(consumer.pop(entry));
    CHECK(entry == value);
  }
  CHECK(consumer.empty());
  CHECK_FALSE(consumer.broken());
}

TEST_CASE("ring: indices run on past 2^32")
{
  auto it = ring<4>();
  it.indices.tail = it.indices.head = 0xfffffffe;
  auto producer = ring_producer<std::uint64_t>(it.indices, it.entries());
  auto consumer = ring_consumer<std::uint64_t>(it.indices, it.entries());
  auto entry = std::uint64_t{0};
  for (auto value = 0u; value < 64; ++value) {
    CHECK(producer.push(value));
    CHECK(producer.push(value + 1000));
    REQUIRE(consumer.pop(entry));
    CHECK(entry == value);
    REQUIRE(consumer.pop(entry));
    CHECK(entry == value + 1000);
  }
  CHECK_FALSE(consumer.broken());
}

TEST_CASE("ring: either end takes up where the ring stands")
{
  auto it = ring<8>();
  CHECK(ring_producer<std::uint64_t>(it.indices, it.entries()).push(1));
  CHECK(ring_producer<std::uint64_t>(it.indices, it.entries()).push(2));
  auto entry = std::uint64_t{0};
  CHECK(ring_consumer<std::uint64_t>(it.indices, it.entries()).pop(entry));
  CHECK(ring_consumer<std::uint64_t>(it.indices, it.entries()).pop(entry));
  CHECK(entry == 2);
}

TEST_CASE("ring: an impossible tail breaks the consumer, which then reads nothing")
{
  for (auto const tail : {5u, 0x80000000u, 0xffffffffu}) {
    CAPTURE(tail);
    auto it = ring<4>();
    auto consumer = ring_consumer<std::uint64_t>(it.indices, it.entries());
    it.indices.tail = tail;
    auto entry = std::uint64_t{0};
    CHECK_FALSE(consumer.pop(entry));
    CHECK(consumer.broken());
    CHECK(consumer.empty());
  }
}

TEST_CASE("ring: an impossible head only makes the ring look full")
{
  auto it = ring<4>();
  auto producer = ring_producer<std::uint64_t>(it.indices, it.entries());
  for (auto value = 0u; value < 4; ++value)
    CHECK(producer.push(value));
  for (auto const head : {5u, 0x80000000u, 0xffffffffu}) {
    CAPTURE(head);
    it.indices.head = head;
    CHECK(producer.room() == 0);
    CHECK_FALSE(producer.push(9));
  }
}

TEST_CASE("ring: two threads, every entry once and in order")
{
  constexpr auto count = std::uint64_t{200'000};
  auto it = ring<16>();
  it.indices.tail = it.indices.head = static_cast<std::uint32_t>(-count / 2); // wraps on the way
  auto consumer = ring_consumer<std::uint64_t>(it.indices, it.entries());
  auto producing = std::thread([&] {
    auto producer = ring_producer<std::uint64_t>(it.indices, it.entries());
    for (auto value = std::uint64_t{0}; value < count;)
      producer.push(value) ? void(++value) : std::this_thread::yield();
  });
  auto wrong = 0;
  for (auto expected = std::uint64_t{0}; expected < count;) {
    auto entry = std::uint64_t{0};
    if (!consumer.pop(entry)) {
      std::this_thread::yield();
      continue;
    }
    wrong += entry != expected++;
  }
  producing.join();
  CHECK(wrong == 0);
  CHECK(consumer.empty());
  CHECK_FALSE(consumer.broken());
}

} // namespace pilotlight
