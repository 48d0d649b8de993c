// Does a kill -9 in the middle of a save cost more than that save? A real process writes, and is killed.
#include "proxy/history/database.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace pilotlight;
using namespace pilotlight::history;

namespace {

/// Saves the same number for two models, again and again, and tells each number once it is durable.
[[noreturn]] void write_until_killed(std::string const& file, int first, int tell)
{
  auto opened = database::open(file);
  if (!opened) ::_exit(2);
  for (int i = first;; ++i) {
    auto const padding = std::string(3'000, 'x');
    auto const entries =
        std::vector<entry>{{"a:1", "x", std::to_string(i)}, {"a:1", "y", padding}, {"b:1", "x", std::to_string(i)}};
    if (!opened->save(entries).has_value()) ::_exit(3);
    if (::write(tell, &i, sizeof i) != sizeof i) ::_exit(4);
  }
}

} // namespace

TEST_CASE("history: a kill -9 while it writes loses nothing that was saved, and no half of a save is seen")
{
  auto const folder = temporary_folder();
  auto const file = (folder.path() / "history.db").string();
  auto last = 0;
  for (int round = 1; round <= 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const child = ::fork();
    if (child == 0) write_until_killed(file, last + 1, ends[1]);
    REQUIRE(child > 0);
    ::close(ends[1]);
    for (int i = 0; i < round * 3; ++i)
      REQUIRE(::read(ends[0], &last, sizeof last) == sizeof last);
    ::kill(child, SIGKILL);
    auto status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    while (::read(ends[0], &last, sizeof last) == sizeof last)
      ; // what it had said meanwhile
    ::close(ends[0]);

    auto const opened = database::open(file);
    REQUIRE(opened.has_value());
    auto const found = opened->load();
    REQUIRE(found.has_value());
    auto numbers = std::vector<int>();
    for (auto const& each : *found)
      if (each.kind == "x") numbers.push_back(std::stoi(each.value));
    REQUIRE(numbers.size() == 2);
    CHECK(numbers[0] == numbers[1]);
    CHECK(numbers[0] >= last);
    CHECK(numbers[0] <= last + 1);
    last = numbers[0];
  }
}
