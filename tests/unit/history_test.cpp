#include "proxy/history/numbers.hpp"
#include "proxy/history/store.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>

using namespace pilotlight;
using namespace pilotlight::history;
using namespace std::chrono_literals;

namespace {

/// A store over a file, with what it said. save_now() is what its timer does.
struct fixture
{
  explicit fixture(std::filesystem::path const& file) : keep(io, background, file.string(), voices()) { keep.open(); }
  ~fixture() { background.join(); }

  store::voices voices()
  {
    return {[this](std::string const& text) { warned.push_back(text); },
            [this](std::string const& text) { said.push_back(text); }};
  }
  /// Runs the loop until a save has succeeded or failed.
  void save_once()
  {
    auto const busy = boost::asio::make_work_guard(io);
    auto const before = keep.saves() + keep.failures();
    keep.start(0ms, [] {});
    while (keep.saves() + keep.failures() == before)
      io.run_one();
    keep.set_interval(1h);
    keep.start(1h, [] {});
  }

  boost::asio::io_context io;
  boost::asio::thread_pool background{1};
  std::vector<std::string> warned, said;
  store keep;
};

/// Everything that is to be found there by a process that starts now.
std::vector<entry> entries_of(std::filesystem::path const& file)
{
  auto const opened = database::open(file.string());
  REQUIRE(opened.has_value());
  auto const loaded = opened->load();
  REQUIRE(loaded.has_value());
  return *loaded;
}

std::size_t files_in(std::filesystem::path const& folder, std::string_view containing)
{
  auto count = std::size_t{0};
  for (auto const& each : std::filesystem::directory_iterator(folder))
    if (each.path().filename().string().find(containing) != std::string::npos) ++count;
  return count;
}

/// No file of this process grows beyond so many bytes: as a full disk, but for the name of the error.
class file_size_limit
{
public:
  explicit file_size_limit(rlim_t bytes)
  {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_IGN);
    auto limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_size_limit() { lift(); }
  void lift() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
  struct rlimit before_ = {};
};

} // namespace

TEST_CASE("history: what one run saved, the next one finds")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "deep" / "history.db";
  auto const blob = std::string("any\0bytes\xff", 10);
  {
    auto one = fixture(file);
    CHECK_FALSE(one.keep.find("mlp:1", "predictor"));
    one.keep.put("mlp:1", "predictor", blob);
    one.keep.put("mlp:1", "savings", "savings-1");
    one.keep.put("", "budget", "");
    CHECK(one.keep.find("mlp:1", "predictor") == blob);
    one.keep.close();
    CHECK(one.warned.empty());
  }
  auto next = fixture(file);
  CHECK(next.keep.find("mlp:1", "predictor") == blob);
  CHECK(next.keep.find("", "budget") == "");
  CHECK_FALSE(next.keep.find("mlp:2", "predictor"));
  CHECK(entries_of(file).size() == 3);
}

TEST_CASE("history: only what changed is written, in the background, and again when it changes meanwhile")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  auto one = fixture(file);
  one.keep.put("a:1", "x", "1");
  one.save_once();
  CHECK(one.keep.saves() == 1);
  CHECK(entries_of(file) == std::vector<entry>{{"a:1", "x", "1"}});
  one.keep.put("a:1", "x", "1"); // the same
  one.keep.close();
  CHECK(one.keep.saves() == 1);
  CHECK(entries_of(file) == std::vector<entry>{{"a:1", "x", "1"}});
}

TEST_CASE("history: a shorter interval need not wait for the end of the long one")
{
  auto const folder = temporary_folder();
  auto one = fixture(folder.path() / "history.db");
  one.keep.put("a:1", "x", "1");
  auto const busy = boost::asio::make_work_guard(one.io);
  one.keep.set_interval(0ms); // nothing has been started: nothing is saved
  CHECK(one.io.poll() == 0);
  one.keep.start(24h, [] {});
  one.keep.set_interval(1ms);
  while (one.keep.saves() == 0 && one.io.run_one_for(10s) > 0) {
  }
  CHECK(one.keep.saves() == 1);
}

TEST_CASE("history: a save under way does not swallow what comes meanwhile")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  auto one = fixture(file);
  auto const busy = boost::asio::make_work_guard(one.io);
  auto value = 0;
  one.keep.start(0ms, [&] { one.keep.put("a:1", "x", std::to_string(++value)); });
  while (one.keep.saves() < 20)
    one.io.run_one();
  one.keep.start(1h, [&] { one.keep.put("a:1", "x", "last"); });
  one.background.join();
  one.keep.close();
  CHECK(entries_of(file) == std::vector<entry>{{"a:1", "x", "last"}});
}

TEST_CASE("history: a file that is none of SQLite's, or cut, or overwritten is moved aside, with one warning")
{
  auto const kinds = {"garbage", "cut", "overwritten"};
  for (std::string const kind : kinds) {
    CAPTURE(kind);
    auto const folder = temporary_folder();
    auto const file = folder.path() / "history.db";
    {
      auto before = fixture(file);
      for (int i = 0; i < 200; ++i)
        before.keep.put("model" + std::to_string(i) + ":1", "predictor", std::string(500, 'x'));
      before.keep.close();
    }
    auto const size = std::filesystem::file_size(file);
    REQUIRE(size > 60'000);
    if (kind == "garbage") folder.write("history.db", std::string(100'000, 'g'));
    if (kind == "cut") std::filesystem::resize_file(file, size / 2);
    if (kind == "overwritten") {
      auto stream = std::fstream(file, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(8'192);
      stream << std::string(20'000, 'o');
    }
    auto one = fixture(file);
    CHECK(one.warned.size() == 1);
    if (!one.warned.empty()) CHECK(one.warned[0].find("damaged-") != std::string::npos);
    CHECK(one.keep.usable());
    CHECK_FALSE(one.keep.find("model0:1", "predictor"));
    one.keep.put("a:1", "x", "1");
    one.keep.close();
    CHECK(one.warned.size() == 1);
    CHECK(entries_of(file).size() == 1);
    CHECK(files_in(folder.path(), "history.db.damaged-") >= 1);
  }
}

TEST_CASE("history: an empty file is a new one")
{
  auto const folder = temporary_folder();
  auto const file = folder.write("history.db", "");
  auto one = fixture(file);
  CHECK(one.warned.empty());
  CHECK(one.keep.usable());
}

TEST_CASE("history: a full disk costs nothing but the history, and it is written again when there is room")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  auto one = fixture(file);
  one.keep.put("a:1", "x", "before");
  one.save_once();
  auto limit = file_size_limit(50'000);
  for (int i = 0; i < 50; ++i)
    one.keep.put("b:" + std::to_string(i), "x", std::string(10'000, 'x'));
  one.save_once();
  one.save_once();
  CHECK(one.keep.failures() == 2);
  CHECK(one.warned.size() == 1); // not each time
  CHECK(one.said.empty());
  limit.lift();
  one.save_once();
  CHECK(one.keep.failures() == 2);
  CHECK(one.said.size() == 1);
  CHECK(entries_of(file).size() == 51);
}

TEST_CASE("history: a full disk at the start is one warning, and when there is room it is used, saved things first")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  {
    auto before = fixture(file);
    before.keep.put("a:1", "x", "of three weeks");
    before.keep.close();
  }
  auto limit = file_size_limit(100);
  auto one = fixture(file);
  CHECK(one.warned.size() == 1);
  CHECK_FALSE(one.keep.usable());
  one.keep.put("a:1", "x", "of a minute");
  one.keep.put("b:1", "x", "1");
  CHECK(one.keep.find("a:1", "x") == "of a minute");
  auto late = 0;
  auto own = std::optional<std::string>();
  one.keep.start(
      0ms, [] {},
      [&] {
        ++late;
        own = one.keep.find("b:1", "x");
      });
  auto const busy = boost::asio::make_work_guard(one.io);
  while (one.keep.failures() < 3)
    one.io.run_one();
  CHECK(one.warned.size() == 1); // the same trouble is told once
  CHECK(late == 0);
  limit.lift();
  while (one.keep.saves() == 0)
    one.io.run_one();
  CHECK(late == 1);
  CHECK(one.said.size() == 1);
  CHECK_FALSE(own.has_value()); // what this run has put is no past to be added to itself
  CHECK(one.keep.find("b:1", "x") == "1");
  CHECK(one.keep.find("a:1", "x") == "of three weeks");
  CHECK(entries_of(file) == std::vector<entry>{{"a:1", "x", "of three weeks"}, {"b:1", "x", "1"}});
}

TEST_CASE("history: where nothing can be written, the service runs without, with one warning that names the file")
{
  auto const folder = temporary_folder();
  (void)folder.write("file", "no folder");
  for (auto const* where : {"/proc/history.db", "file/history.db"}) {
    auto one = fixture(where[0] == '/' ? std::filesystem::path(where) : folder.path() / where);
    REQUIRE(one.warned.size() == 1);
    CHECK(one.warned[0].find(where) != std::string::npos);
    CHECK_FALSE(one.keep.usable());
    one.keep.put("a:1", "x", "1");
    one.keep.close();
    CHECK(one.warned.size() == 1);
  }
}

TEST_CASE("history: a file that another process has locked is left alone, and written once it is free")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  auto one = fixture(file);
  one.keep.put("a:1", "x", "1");
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  one.save_once();
  CHECK(one.keep.failures() == 1);
  REQUIRE(one.warned.size() == 1);
  CHECK(one.warned[0].find("locked") != std::string::npos);
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  one.save_once();
  CHECK(one.said.size() == 1);
  CHECK(entries_of(file).size() == 1);
}

TEST_CASE("history: the file of a later release is not touched")
{
  auto const folder = temporary_folder();
  auto const file = folder.path() / "history.db";
  {
    (void)fixture(file);
  }
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  sqlite3_exec(other, "PRAGMA user_version = 7", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  auto one = fixture(file);
  CHECK_FALSE(one.keep.usable());
  REQUIRE(one.warned.size() == 1);
  CHECK(one.warned[0].find("schema 7") != std::string::npos);
  CHECK(files_in(folder.path(), "damaged") == 0);
}

TEST_CASE("history: a value beyond 64 KiB is refused, the others are kept")
{
  auto const folder = temporary_folder();
  auto one = fixture(folder.path() / "history.db");
  one.keep.put("a:1", "x", std::string(70'000, 'x'));
  one.keep.put("a:1", "y", "1");
  one.keep.close();
  CHECK(one.warned.size() == 1);
  CHECK(entries_of(folder.path() / "history.db") == std::vector<entry>{{"a:1", "y", "1"}});
}

TEST_CASE("history: what a model left can be forgotten")
{
  auto const folder = temporary_folder();
  auto base = database::open((folder.path() / "history.db").string());
  REQUIRE(base.has_value());
  auto const two = std::vector<entry>{{"a:1", "x", "1"}, {"b:1", "x", "2"}};
  REQUIRE(base->save(two).has_value());
  REQUIRE(base->forget("a:1").has_value());
  CHECK(*base->load() == std::vector<entry>{{"b:1", "x", "2"}});
}

TEST_CASE("history: numbers come back exactly, anything else is nothing")
{
  auto const numbers = std::vector<double>{0, -1.5, 1.0 / 3, 1e300, 5e-324};
  auto const text = write_numbers("budget-1", numbers);
  CHECK(read_numbers(text, "budget-1", 5) == numbers);
  CHECK_FALSE(read_numbers(text, "budget-1", 4));
  CHECK_FALSE(read_numbers(text, "budget-2", 5));
  for (auto const* bad : {"", "budget-1 x", "budget-1 1 inf", "budget-1 1  2", "budget-1,1"})
    CHECK_FALSE(read_numbers(bad, "budget-1", 1));

  auto costs = decide::start_costs();
  costs.to_answer[0] = 123'456us;
  costs.bytes[3] = 987'654'321;
  CHECK(read_start_costs(write_start_costs(costs)) == costs);
  CHECK_FALSE(read_start_costs("start_costs-1 1 2 3"));
  CHECK_FALSE(read_start_costs("start_costs-1 -1 2 3 4 5 6 7 8"));
  CHECK_FALSE(read_start_costs("start_costs-1 1 2 3 4 5 6 7 1e300"));
}
