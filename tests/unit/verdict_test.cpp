#include "proxy/decide/verdict.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <vector>

using namespace pilotlight::decide;

TEST_CASE("verdict: whose fault a death was, and how it is told")
{
  struct one
  {
    death how;
    bool own;
    std::string_view cause;
  };
  std::vector<one> const table{
      {{.signal = SIGSEGV}, true, "its worker died of SIGSEGV"},
      {{.signal = SIGABRT}, true, "its worker died of SIGABRT"},
      {{.signal = SIGBUS}, true, "its worker died of SIGBUS"},
      {{.signal = SIGILL}, true, "its worker died of SIGILL"},
      {{.signal = SIGFPE}, true, "its worker died of SIGFPE"},
      {{.signal = SIGSYS}, true, "its worker died of SIGSYS"},
      {{.signal = SIGTRAP}, true, "its worker died of SIGTRAP"},
      {{.exit_code = 0}, true, "its worker exited unexpectedly with code 0"},
      {{.exit_code = 3}, true, "its worker exited unexpectedly with code 3"},
      {{.signal = SIGKILL}, false, "its worker was killed from outside by SIGKILL"},
      {{.signal = SIGTERM}, false, "its worker was killed from outside by SIGTERM"},
      {{.signal = SIGRTMIN + 1}, false, "its worker was killed from outside by signal 35"},
      {{.signal = SIGKILL, .execution_timeout = true}, true, "it ran longer than execution_timeout (60 s)"},
      {{.signal = SIGKILL, .out_of_memory = true}, true, "its worker ran out of memory"},
      {{.signal = SIGKILL, .corrupt = true}, true, "its worker published an invalid answer and was killed"},
      {{.signal = SIGKILL, .ordered = true}, false, "its worker was stopped on purpose"},
      {{.exit_code = 0, .ordered = true}, false, "its worker was stopped on purpose"},
      {{.signal = SIGKILL, .ordered = true, .execution_timeout = true},
       true,
       "it ran longer than execution_timeout (60 s)"},
  };
  for (auto const& [how, own, text] : table) {
    CAPTURE(std::string(text));
    CHECK(own_fault(how) == own);
    CHECK(cause(how, 60'000) == text);
  }
}

TEST_CASE("verdict: a time-out that is no whole second is told in milliseconds")
{
  CHECK(cause({.execution_timeout = true}, 1'500) == "it ran longer than execution_timeout (1500 ms)");
}

TEST_CASE("verdict: what becomes of a request inside a worker that died by its own fault")
{
  struct one
  {
    inside request;
    fate want;
  };
  std::vector<one> const table{
      {{.request = 1}, fate::rerun},
      {{.request = 2, .blamed = 1}, fate::rerun},
      {{.request = 3, .executing = true}, fate::rerun_blamed},
      {{.request = 4, .executing = true, .blamed = 1}, fate::poison},
      {{.request = 5, .executing = true, .blamed = 7}, fate::poison},
      {{.request = 6, .abandoned = true}, fate::drop},
      {{.request = 7, .executing = true, .blamed = 1, .abandoned = true}, fate::drop},
      {{.request = 8, .sequence = true}, fate::lost},
      {{.request = 9, .executing = true, .sequence = true}, fate::lost},
      {{.request = 10, .abandoned = true, .sequence = true}, fate::drop},
  };
  std::vector<inside> requests;
  requests.reserve(table.size());
  for (auto const& row : table)
    requests.push_back(row.request);
  auto const fates = judge({.signal = SIGSEGV}, requests);
  REQUIRE(fates.size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(table[i].request.request);
    CHECK(static_cast<int>(fates[i]) == static_cast<int>(table[i].want));
  }
}

TEST_CASE("verdict: a kill from outside blames nobody, however often")
{
  for (int blamed = 0; blamed < 10; ++blamed) {
    std::vector<inside> const requests{{.request = 1, .executing = true, .blamed = blamed}};
    CHECK(judge({.signal = SIGKILL}, requests).front() == fate::rerun);
    CHECK(judge({.signal = SIGSEGV, .ordered = true}, requests).front() == fate::rerun);
  }
}

TEST_CASE("verdict: a request is executed at most twice to a worker's death")
{
  inside request{.request = 1, .executing = true};
  int deaths = 0;
  for (;;) {
    ++deaths;
    auto const what = judge({.signal = SIGSEGV}, std::span(&request, 1)).front();
    if (what == fate::poison) break;
    REQUIRE(what == fate::rerun_blamed);
    ++request.blamed;
  }
  CHECK(deaths == 2);
}

TEST_CASE("verdict: nobody inside, nobody judged")
{
  CHECK(judge({.signal = SIGSEGV}, {}).empty());
}

TEST_CASE("verdict: a batch shares the blame, and run singly only the one that is at fault goes on to be poison")
{
  // Five executed together; the third kills its worker, in company and alone.
  auto requests = std::vector<inside>();
  for (auto id = std::uint64_t{1}; id <= 5; ++id)
    requests.push_back({.request = id, .executing = true});
  requests.push_back({.request = 6}); // waited behind the batch
  auto const together = judge({.signal = SIGSEGV}, requests);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(together[i] == fate::rerun_blamed);
    ++requests[i].blamed;
  }
  CHECK(together[5] == fate::rerun);
  for (auto& each : requests)
    each.executing = each.request == 3;
  auto const singly = judge({.signal = SIGSEGV}, requests);
  for (std::size_t i = 0; i < requests.size(); ++i)
    CHECK(singly[i] == (requests[i].request == 3 ? fate::poison : fate::rerun));
}
