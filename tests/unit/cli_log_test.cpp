#include "proxy/cli/log.hpp"
#include "proxy/config/read_file.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <spdlog/logger.h>

using namespace pilotlight;

TEST_CASE("log: a file gets what is logged at its level, with time and level, by the time the log ends")
{
  auto const folder = temporary_folder();
  auto wanted = log_settings();
  wanted.file = (folder.path() / "logs/p.log").string();
  wanted.level = "warn";
  {
    auto const log = cli::open_log(wanted);
    REQUIRE(log.has_value());
    log->logger->info("not this");
    log->logger->warn("but {}", "this");
  }
  auto const text = *config::read_file(wanted.file, 1 << 20);
  CHECK(text.find("not this") == std::string::npos);
  CHECK(text.ends_with(" warning but this\n"));
  CHECK(text[4] == '-');
}

TEST_CASE("log: a file rotates, and no more are kept than asked for")
{
  auto const folder = temporary_folder();
  auto wanted = log_settings();
  wanted.file = (folder.path() / "p.log").string();
  wanted.max_bytes = 4096;
  wanted.files = 2;
  {
    auto const log = cli::open_log(wanted);
    REQUIRE(log.has_value());
    for (int i = 0; i < 200; ++i)
      log->logger->info("{}", std::string(100, 'x'));
  }
  auto files = 0;
  for (auto const& file : std::filesystem::directory_iterator(folder.path())) {
    CHECK(file.file_size() <= 4096);
    ++files;
  }
  CHECK(files == 2);
}

TEST_CASE("log: a file that cannot be opened is told by its key and name")
{
  auto wanted = log_settings();
  wanted.file = "/dev/null/p.log";
  auto const log = cli::open_log(wanted);
  REQUIRE(!log);
  CHECK(log.error().sentence.starts_with("'log.file': "));
  CHECK(log.error().sentence.find("/dev/null/p.log") != std::string::npos);
}

TEST_CASE("log: a full disk loses messages and nothing else")
{
  auto const folder = temporary_folder();
  auto const full = folder.path() / "p.log";
  std::filesystem::create_symlink("/dev/full", full);
  auto wanted = log_settings();
  wanted.file = full.string();
  auto const log = cli::open_log(wanted);
  REQUIRE(log.has_value());
  for (int i = 0; i < 1000; ++i)
    log->logger->info("{}", std::string(100, 'x'));
}

TEST_CASE("log: the journal is known by its stream, not by the variable alone")
{
  CHECK(cli::is_journal("8:123", 8, 123));
  CHECK(!cli::is_journal("8:124", 8, 123));
  CHECK(!cli::is_journal("", 8, 123));
  CHECK(!cli::is_journal(std::nullopt, 8, 123));
}
