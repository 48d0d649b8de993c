#include "proxy/decide/hold.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <vector>

using namespace pilotlight::decide;
using namespace std::chrono_literals;
using pilotlight::fault;

TEST_CASE("hold: the wait is what is left of the start and the queue before it")
{
  struct one
  {
    hold_facts facts;
    std::chrono::milliseconds want;
  };
  std::vector<one> const table{
      {{}, 1s},
      {{.starting = true}, 2s}, // unknown: 2 s assumed
      {{.starting = true, .start_elapsed = 500ms}, 1'500ms},
      {{.starting = true, .start_elapsed = 1h}, 1s},
      {{.starting = true, .start_elapsed = 1s, .start_measured = 5s}, 4s},
      {{.starting = false, .start_measured = 5s}, 1s}, // it runs: the start is over
      {{.waiting = 100, .service_measured = 50ms, .instances = 1}, 5s},
      {{.waiting = 100, .service_measured = 50ms, .instances = 2}, 2'500ms},
      {{.waiting = 100, .service_measured = 50ms, .instances = 0}, 5s},
      {{.waiting = 10, .starting = true, .start_measured = 3s, .service_measured = 200ms}, 5s},
      {{.waiting = 100, .instances = 1}, 1s}, // pace unknown
      {{.waiting = std::numeric_limits<std::size_t>::max(), .service_measured = 10s, .instances = 1}, 1h},
  };
  for (auto const& [facts, want] : table) {
    CAPTURE(facts.waiting);
    CHECK(retry_after(facts).count() == want.count());
  }
}

TEST_CASE("hold: admits below its bounds and refuses at them, each with its own sentence")
{
  hold_limits const limits{.max_requests = 1'000, .max_bytes = 1'000'000};
  struct one
  {
    hold_facts facts;
    fault kind;
    std::string_view sentence;
  };
  std::vector<one> const table{
      {{.model = "m"}, fault::none, ""},
      {{.model = "m", .waiting = 999, .request_bytes = 10}, fault::none, ""},
      {{.model = "m", .bytes = 999'990, .request_bytes = 10}, fault::none, ""},
      {{.model = "m", .request_bytes = 1'000'000}, fault::none, ""},
      {{.model = "m", .waiting = 1'000, .starting = true},
       fault::unavailable,
       "model 'm' is starting and already holds 1000 requests (hold.max_requests)"},
      {{.model = "m", .waiting = 1'000}, fault::unavailable, "model 'm' has 1000 requests waiting (hold.max_requests)"},
      {{.model = "m", .bytes = 999'991, .request_bytes = 10, .starting = true},
       fault::unavailable,
       "model 'm' is starting and already holds 999991 bytes of requests (hold.max_bytes)"},
      {{.model = "m", .bytes = 999'991, .request_bytes = 10},
       fault::unavailable,
       "model 'm' has 999991 bytes of requests waiting (hold.max_bytes)"},
      {{.model = "m", .bytes = 2'000'000},
       fault::unavailable,
       "model 'm' has 2000000 bytes of requests waiting (hold.max_bytes)"},
      {{.model = "m", .waiting = 1'000, .request_bytes = 1'000'001},
       fault::too_large,
       "the request needs 1000001 bytes; at most 1000000 are allowed (hold.max_bytes)"},
      {{.model = "m", .bytes = 10, .request_bytes = std::numeric_limits<std::size_t>::max()},
       fault::too_large,
       "the request needs 18446744073709551615 bytes; at most 1000000 are allowed (hold.max_bytes)"},
  };
  for (auto const& [facts, kind, sentence] : table) {
    CAPTURE(std::string(sentence));
    auto const answer = admit(facts, limits);
    CHECK(answer.has_value() == (kind == fault::none));
    if (answer) continue;
    CHECK(static_cast<int>(answer.error().kind) == static_cast<int>(kind));
    CHECK(answer.error().sentence == sentence);
    CHECK((answer.error().retry_after > 0ms) == (kind == fault::unavailable));
  }
}

TEST_CASE("hold: a refusal says when it is worth coming back")
{
  auto const answer =
      admit({.model = "m", .waiting = 1, .starting = true, .start_elapsed = 1s, .start_measured = 4s}, {1, 1});
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().retry_after == 3s);
}
