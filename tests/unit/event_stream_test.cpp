#include "proxy/http/event_stream.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace pilotlight::http;

TEST_CASE("event stream: an event is lines and a blank one, whatever its data")
{
  CHECK(render_event(7, "decision", "{}") == "id: 7\nevent: decision\ndata: {}\n\n");
  CHECK(render_event(0, "x", "a\nb\n") == "event: x\ndata: a\ndata: b\ndata: \n\n");
  CHECK(render_event(0, "x", "") == "event: x\ndata: \n\n");
}

TEST_CASE("event stream: each reader hears its model, from when it joined until it leaves")
{
  auto hub = event_hub();
  auto woken = 0;
  auto const wake = [&] { ++woken; };
  hub.publish("decision", "a", "1", "0");
  CHECK_FALSE(hub.heard());
  auto all = hub.join("", "", wake);
  auto only_b = hub.join("b", "", wake);
  auto only_b2 = hub.join("b", "2", wake);
  hub.publish("decision", "a", "1", "1");
  hub.publish("decision", "b", "1", "2");
  CHECK(woken == 3);
  CHECK(all->take() == "id: 2\nevent: decision\ndata: 1\n\nid: 3\nevent: decision\ndata: 2\n\n");
  CHECK(all->take().empty());
  CHECK(only_b->take() == "id: 3\nevent: decision\ndata: 2\n\n");
  CHECK(only_b2->take().empty());
  all.reset();
  only_b.reset();
  CHECK(hub.readers() == 1);
  hub.publish("decision", "b", "2", "3");
  CHECK(only_b2->take() == "id: 4\nevent: decision\ndata: 3\n\n");
}

TEST_CASE("event stream: a reader that falls behind is dropped with a closing event, the others go on")
{
  auto hub = event_hub();
  auto slow = hub.join("", "", [] {});
  auto quick = hub.join("", "", [] {});
  auto const data = std::string(1'000, 'x');
  auto most = std::size_t{0};
  for (int i = 0; i < 1'000; ++i) {
    hub.publish("decision", "a", "1", data);
    CHECK_FALSE(quick->take().empty());
    most = static_cast<std::size_t>(i);
  }
  CHECK(most == 999);
  CHECK(slow->ended());
  CHECK_FALSE(quick->ended());
  CHECK(hub.dropped() == 1);
  CHECK(slow->take() == "event: closing\ndata: {\"reason\":\"too_slow\"}\n\n");
  CHECK(slow->take().empty());
}

TEST_CASE("event stream: the end is told once, behind what is unread")
{
  auto hub = event_hub();
  auto reader = hub.join("", "", [] {});
  hub.publish("decision", "a", "1", "1");
  reader->end("shutting_down");
  reader->end("too_slow");
  hub.publish("decision", "a", "1", "2");
  CHECK(reader->ended());
  CHECK(reader->take() ==
        "id: 1\nevent: decision\ndata: 1\n\nevent: closing\ndata: {\"reason\":\"shutting_down\"}\n\n");
  reader->beat();
  CHECK(reader->take().empty());
}

TEST_CASE("event stream: a heartbeat is a comment, and only while it is quiet")
{
  auto hub = event_hub();
  auto reader = hub.join("", "", [] {});
  reader->beat();
  CHECK(reader->take() == ": still here\n\n");
  hub.publish("decision", "a", "1", "1");
  reader->beat();
  CHECK(reader->take() == "id: 1\nevent: decision\ndata: 1\n\n");
}
